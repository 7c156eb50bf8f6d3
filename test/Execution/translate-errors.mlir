// RUN: quant-translate --lowbit-to-object -split-input-file -verify-diagnostics %s

// expected-error@+1 {{expected a module with a public function and its 'lowbit.signature'}}
module {}

// -----

// expected-error@+1 {{malformed 'lowbit.signature': {function = "f", inputs = []}}}
module attributes {lowbit.signature = [{function = "f", inputs = []}]} {}

// -----

// expected-error@+1 {{malformed 'lowbit.signature'}}
module attributes {lowbit.signature = [{function = "f", inputs = [{name = "x", shape = [4], type = f80}], outputs = []}]} {}

// -----

// expected-error@+1 {{malformed 'lowbit.signature'}}
module attributes {lowbit.signature = [{function = "f", inputs = [{name = "x", shape = [4611686018427387904, 4], type = f32}], outputs = []}]} {}

// -----

// expected-error@+1 {{malformed 'lowbit.signature'}}
module attributes {lowbit.signature = [{function = "f", inputs = [{name = "x", shape = [-1], type = f32}], outputs = []}]} {}

// -----

// expected-error@+1 {{expected the function 'f' that 'lowbit.signature' names}}
module attributes {lowbit.signature = [{function = "f", inputs = [], outputs = []}]} {
  llvm.func @f(!llvm.ptr)
}

// -----

module attributes {lowbit.signature = [{function = "f", inputs = [], outputs = []}]} {
  // expected-error@+1 {{expected a pointer for each input and output and for the arena, 1 arguments, but got 2}}
  llvm.func @f(%a: !llvm.ptr, %b: !llvm.ptr) { llvm.return }
}

// -----

module attributes {lowbit.signature = [{function = "f", inputs = [], outputs = []}]} {
  // expected-error@+1 {{expected the attribute 'lowbit.arena_bytes'}}
  llvm.func @f(%a: !llvm.ptr) -> i32 {
    %0 = llvm.mlir.constant(0 : i32) : i32
    llvm.return %0 : i32
  }
}

// -----

module attributes {lowbit.signature = [{function = "f", inputs = [], outputs = []}]} {
  // expected-error@+1 {{expected arguments to be pointers}}
  llvm.func @f(%a: i64) attributes {lowbit.arena_bytes = 0 : i64} { llvm.return }
}

// -----

module attributes {lowbit.signature = [{function = "f", inputs = [], outputs = []}]} {
  // expected-error@+1 {{expected a number of threads in 'lowbit.threads', but got 0}}
  llvm.func @f(%a: !llvm.ptr) -> i32 attributes {lowbit.arena_bytes = 0 : i64, lowbit.threads = 0 : i64} {
    %0 = llvm.mlir.constant(0 : i32) : i32
    llvm.return %0 : i32
  }
}

// -----

module attributes {lowbit.signature = [{function = "f", inputs = [], outputs = []}]} {
  // expected-error@+1 {{expected the status as result, an i32, but got '!llvm.func<void (ptr)>'}}
  llvm.func @f(%a: !llvm.ptr) attributes {lowbit.arena_bytes = 0 : i64} { llvm.return }
}

// -----

// expected-error@+1 {{no target to compile for: }}
module attributes {llvm.target_triple = "coffee", lowbit.signature = [{function = "f", inputs = [], outputs = []}]} {
  llvm.func @f(%a: !llvm.ptr) -> i32 attributes {lowbit.arena_bytes = 0 : i64} {
    %0 = llvm.mlir.constant(0 : i32) : i32
    llvm.return %0 : i32
  }
}

// -----

// expected-error@+1 {{no target to compile for: unknown cpu 'z80'}}
module attributes {llvm.target_triple = "x86_64-linux-gnu", lowbit.cpu = "z80",
                   lowbit.signature = [{function = "f", inputs = [], outputs = []}]} {
  llvm.func @f(%a: !llvm.ptr) -> i32 attributes {lowbit.arena_bytes = 0 : i64} {
    %0 = llvm.mlir.constant(0 : i32) : i32
    llvm.return %0 : i32
  }
}
