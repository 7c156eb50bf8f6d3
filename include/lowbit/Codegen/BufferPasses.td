#ifndef LOWBIT_CODEGEN_BUFFERPASSES
#define LOWBIT_CODEGEN_BUFFERPASSES

// The passes over programs on buffers, from the signatures that ask for these to the instructions that read them.

include "mlir/Pass/PassBase.td"

def ExportSignatures : Pass<"lowbit-export-signatures", "::mlir::ModuleOp"> {
  let summary = "give public functions buffers for inputs and outputs";
  let description = [{
    A function from tensors to tensors becomes one that takes a buffer for each input, then a buffer for each output,
    and returns an i32: 0, until `lowbit-lower-index-checks`. What the buffers hold is recorded on the module:

    ```mlir
    module attributes {
      lowbit.signature = [ { function = "f", inputs = [ { name = "x", shape = [1, 4], type = f32 } ],
                             outputs = [ { name = "y", shape = [1, 4], type = f32 } ] } ]
    }
    ```

    Names come from the attribute `lowbit.name` of arguments and results, or are `input0`, `output0`, ….
    Functions must have static shapes.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::bufferization::BufferizationDialect",
                           "::mlir::memref::MemRefDialect"];
}

def Bufferize : Pass<"lowbit-bufferize", "::mlir::ModuleOp"> {
  let summary = "tensors to buffers, with concatenation and padding written in place";
  let description = [{
    One-shot bufferization inside functions, after `tensor.concat` and `tensor.pad` became insertions and empty tensors
    were replaced by the slices they are inserted into. An output that is a reshaped tensor is computed in the shape it
    has before. Parts are inserted in the order in which they are computed, those of a padded concatenation right into the
    padded tensor; what is read again after it was padded is read from there. What another reader joins the rows of, which
    would lie apart there, has a buffer of its own, and is copied. Copies become `linalg.copy`.

    ```mlir
    %0 = linalg.exp ins(%a : tensor<2x3xf32>) outs(%ea : tensor<2x3xf32>) -> tensor<2x3xf32>
    %1 = linalg.exp ins(%b : tensor<2x5xf32>) outs(%eb : tensor<2x5xf32>) -> tensor<2x5xf32>
    %2 = tensor.concat dim(1) %0, %1 : (tensor<2x3xf32>, tensor<2x5xf32>) -> tensor<2x8xf32>
    // becomes: both parts are computed where they end up
    %all = memref.alloc() : memref<2x8xf32>
    %left = memref.subview %all[0, 0] [2, 3] [1, 1] : ...
    linalg.exp ins(%a : memref<2x3xf32>) outs(%left : ...)
    %right = memref.subview %all[0, 3] [2, 5] [1, 1] : ...
    linalg.exp ins(%b : memref<2x5xf32>) outs(%right : ...)
    ```
  }];
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::tensor::TensorDialect"];
}

def PlanMemory : Pass<"lowbit-plan-memory", "::mlir::func::FuncOp"> {
  let summary = "put every intermediate buffer into one arena";
  let description = [{
    The allocations of a public function share one buffer, which the caller gives as a last argument, aligned to 64
    bytes: two buffers overlap where their lifetimes do not. First fit over the buffers in a few orders (the largest
    first, the longest-lived first, …), of which the smallest arena wins; offsets are multiples of 64 bytes. The size of
    the arena in bytes is the attribute `lowbit.arena_bytes` of the function; `lowbit.live_bytes` is the most that lives
    at once, which no arena can be smaller than. So the program keeps no state and allocates nothing.

    Several `threads` each work on one part of a buffer, and a byte that another core has written last takes several
    times as long to write. So in an arena of that size buffers, the largest first, are put where their parts cover
    those of the same thread in other buffers: side by side, around the same middle, or at an end. Where that doesn't
    fit, the first fit stays.

    ```mlir
    func.func @f(%x: memref<4xf32>, %y: memref<4xf32>) {
      %0 = memref.alloc() : memref<4xf32>
    // becomes
    func.func @f(%x: memref<4xf32>, %y: memref<4xf32>, %arena: memref<16xi8>) attributes {lowbit.arena_bytes = 16 : i64, lowbit.live_bytes = 16 : i64} {
      %0 = memref.view %arena[%c0][] : memref<16xi8> to memref<4xf32>
    ```
  }];
  let options = [Option<"threads", "threads", "unsigned", "1", "how many threads share the work of a loop">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect"];
}

def ParallelizeLoops : Pass<"lowbit-parallelize-loops", "::mlir::func::FuncOp"> {
  let summary = "divide loops with independent iterations among threads";
  let description = [{
    Each nest of loops that are marked `lowbit.parallel` and does work enough for it becomes a `scf.forall` with one
    iteration for each thread, which runs a contiguous part of one loop: the outermost of those that divide evenly and
    write contiguous memory, so that a thread reads in the next nest most of what it has written itself in the last.
    Where the number of iterations does not divide evenly, those of another loop of the nest are numbered with them, and
    a part ends between two of these. What is computed does not depend on the number of threads, only who computes it.
    The marks are removed, but on loops around products in tile registers, where `lowbit-lower-tiles` reads them. A
    function with such loops has the number in its attribute `lowbit.threads`.

    ```mlir
    scf.for %panel = %c0 to %c4 step %c1 {
      scf.for %row = %c0 to %c27 step %c1 {
        ...
      } {lowbit.parallel = true}
    } {lowbit.parallel = false}
    // becomes, with threads=2: 13 and a half rows for each
    scf.forall (%thread) in (2) {
      scf.for %panel = %c0 to %c4 step %c1 {
        %first = affine.apply affine_map<(d0, d1) -> (((d0 * 108) floordiv 2 - d1) ceildiv 4)>(%thread, %panel)
        %end = affine.apply affine_map<(d0, d1) -> (((d0 * 108 + 108) floordiv 2 - d1) ceildiv 4)>(%thread, %panel)
        scf.for %row = %first to %end step %c1 {
          ...
        }
      }
    }
    ```
  }];
  let options = [
    Option<"threads", "threads", "unsigned", "1", "how many threads share the work of a loop">,
    Option<"minOperations", "min-operations", "int64_t", "10000",
           "how many operations a loop must run to be worth waking threads for">
  ];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect"];
}

def MergeParallelRegions : Pass<"lowbit-merge-parallel-regions", "::mlir::func::FuncOp"> {
  let summary = "wake threads once for all loops that they share";
  let description = [{
    Parallel regions of one shared loop each, which follow each other in a block, become one region. To wake threads
    and to join them takes three times as long as to let them wait for each other. They wait (`omp.barrier`) only where
    one loop reads or writes what another one, since they last waited, has written, or writes what it has read. That two
    parts of memory don't overlap is proven by their place in the arena, or in a buffer: the loops that write the halves
    of a concatenation follow each other without a barrier, and a thread that ends early with one starts with the next.

    What stands between the regions is run by the first thread (`omp.masked`), except for what is computed of values
    from before: that moves in front of all. Where an op outside of what the first thread runs uses a result of it, the
    regions are not merged.

    ```mlir
    omp.parallel num_threads(%c2 : i32) {
      omp.wsloop {
        // writes %x
      }
      omp.terminator
    }
    memref.store %v, %y[%c0] : memref<64xf32>
    omp.parallel num_threads(%c2 : i32) {
      omp.wsloop {
        // reads %x and %y
      }
      omp.terminator
    }
    // becomes
    omp.parallel num_threads(%c2 : i32) {
      omp.wsloop nowait {
        // writes %x
      }
      omp.masked {
        memref.store %v, %y[%c0] : memref<64xf32>
        omp.terminator
      }
      omp.barrier
      omp.wsloop nowait {
        // reads %x and %y
      }
      omp.terminator
    }
    ```
  }];
  let dependentDialects = ["::mlir::omp::OpenMPDialect"];
}

def ScheduleSharedLoops : Pass<"lowbit-schedule-shared-loops", "::mlir::ModuleOp"> {
  let summary = "let each thread find its iterations of a shared loop by its number";
  let description = [{
    A shared loop of a parallel region (`omp.wsloop nowait`) becomes a loop over every n-th of its iterations, from that
    of the thread's number on. The number of the thread and how many there are is asked for once a region, by the calls
    that OpenMP has for it. The runtime library would divide each loop anew, which takes 0.3 us. Loops with a schedule,
    an order or variables of their own stay, and all loops of a program that has other functions of those names.

    ```mlir
    omp.parallel {
      omp.wsloop nowait {
        omp.loop_nest (%i) : index = (%c0) to (%c2) step (%c1) {
          ...
        }
      }
    // becomes
    func.func private @omp_get_thread_num() -> i32
    func.func private @omp_get_num_threads() -> i32
    omp.parallel {
      %0 = func.call @omp_get_thread_num() : () -> i32
      %thread = arith.index_cast %0 : i32 to index
      %1 = func.call @omp_get_num_threads() : () -> i32
      %threads = arith.index_cast %1 : i32 to index
      scf.for %i = %thread to %c2 step %threads {  // c0 + thread * c1, threads * c1
        ...
      }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::scf::SCFDialect"];
}

def ReportScalarLoops : Pass<"lowbit-report-scalar-loops", "::mlir::func::FuncOp"> {
  let summary = "remark each innermost loop that computes one element at a time";
  let description = [{
    One remark for each loop without another in it whose body computes on scalars, at the source of what it computes. A
    program whose ops are all vectorized gets none. The program is not changed.
  }];
}

def InsertPrefetches : Pass<"lowbit-insert-prefetches", "::mlir::func::FuncOp"> {
  let summary = "ask for what isn't in the first cache before it is read or written";
  let description = [{
    A product of one row reads each of its weights once, from memory: the more lines are under way, the faster they come.
    Hardware fetches few ahead where the instructions between two reads are many, as those that unpack weights of few bits.
    So each vector read from a constant of 256 KiB or more in a loop nest that all moves the read, so that no element is
    read twice, is preceded by a prefetch of what lies 3 KiB behind it, into the second level of caches: more lines may be
    on the way to that than to the first.

    Where a loop reads a part of a constant again and again, as the tiles of rows do a panel of weights, that comes from the
    first level where it is at most 48 KiB. A larger one is prefetched into it, from 2 KiB ahead.

    So are activations of 256 KiB and more that a loop reads once, in the order in which they lie, as elementwise ops and
    copies do: each of their lines is asked for once. So is what is written in order to buffers of more than 48 KiB, from
    512 bytes ahead: a core has to own a line to write to it.

    ```mlir
    %v = vector.transfer_read %weights[%panel, %group, %c0], %pad : memref<64x128x64xi8>, vector<64xi8>
    // becomes
    memref.prefetch %weights[%panel, %group, %c3072], read, locality<2>, data : memref<64x128x64xi8>
    %v = vector.transfer_read %weights[%panel, %group, %c0], %pad : memref<64x128x64xi8>, vector<64xi8>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect"];
}

def LowerObservers : Pass<"lowbit-lower-observers", "::mlir::ModuleOp"> {
  let summary = "turn lowbit.observe on buffers into calls of the recorder";
  let description = [{
    `lowbit.observe %m as "name"` becomes `call @lowbit_observe(index, pointer, count)`; the names in index order are
    the module attribute `lowbit.observed`.

    ```mlir
    lowbit.observe %m as "x" : memref<2x3xf32>
    // becomes, in a module with lowbit.observed = ["x"]
    %address = memref.extract_aligned_pointer_as_index %m : memref<2x3xf32> -> index
    %int = arith.index_cast %address : index to i64
    %data = llvm.inttoptr %int : i64 to !llvm.ptr
    call @lowbit_observe(%c0_i64, %data, %c6_i64) : (i64, !llvm.ptr, i64) -> ()
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::memref::MemRefDialect"];
}

def LowerContractions : Pass<"lowbit-lower-contractions", "::mlir::func::FuncOp"> {
  let summary = "vector.contract to the dot instruction it names";
  let description = [{
    A contraction that carries `lowbit.instruction` becomes the intrinsics of that instruction. The module's target must
    have it.

    ```mlir
    %0 = arith.extui %a : vector<4xi8> to vector<4xi32>
    %1 = arith.extsi %w : vector<16x4xi8> to vector<16x4xi32>
    %2 = vector.contract ... %0, %1, %acc {lowbit.instruction = "avx512.vpdpbusd"}
      : vector<4xi32>, vector<16x4xi32> into vector<16xi32>
    // becomes
    %2 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%acc, %a16, %w64)
      : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::vector::VectorDialect", "::mlir::arith::ArithDialect"];
}

def LowerTiles : Pass<"lowbit-lower-tiles", "::mlir::func::FuncOp"> {
  let summary = "lowbit.multiply_tiles to instructions on tile registers";
  let description = [{
    The accumulators, activations and weights of an op each have tile registers of their own, which LLVM's intrinsics
    take by their numbers: in a function with loops of many shapes LLVM would find no configuration for all. The
    registers are configured in front of the outermost loop around the ops, where all take the same configuration, and
    released behind it, by each thread of a loop of OpenMP. The sums are stored on its stack, and each vector of them is
    loaded where it is used. Beside the products of each block stands a multiplication of vectors that keeps the
    multipliers of vectors from being switched off. The module's target must have the instruction.

    In loops over tiles that are marked `lowbit.parallel` the matrix unit doesn't wait for what is computed of the sums:
    that of a tile stands between the products of the next, a share behind each of its first 16 blocks (software
    pipelining: Lam, 1988). The loops carry whether there is a tile before, and its indices. Loops around others take part
    where their bodies hold nothing else but what is pure, or read from constants. The marks are removed.

    ```mlir
    scf.for %i = %c0 to %c4 step %c1 {
      %sums = lowbit.multiply_tiles "amx.tdpbssd" %a[%row, %c0], %w[%c0] map affine_map<(t, r, k) -> (r, k)> run 64
          : memref<64x64xi8>, memref<1x1x16x1x64xi8> -> vector<1x16x1x16xi32>
      %sum = vector.extract %sums[0, 0, 0] : vector<16xi32> from vector<1x16x1x16xi32>
    // becomes
    %buffer = memref.alloca() {alignment = 64 : i64} : memref<256xi32>
    llvm.call_intrinsic "llvm.x86.ldtilecfg"(%configuration) : (!llvm.ptr) -> ()
    scf.for %i = %c0 to %c4 step %c1 {
      llvm.call_intrinsic "llvm.x86.tilezero"(%0) : (i8) -> ()
      llvm.call_intrinsic "llvm.x86.tileloadd64"(%2, %weights, %c64) : (i8, !llvm.ptr, i64) -> ()
      llvm.call_intrinsic "llvm.x86.tileloadd64"(%1, %activations, %c64) : (i8, !llvm.ptr, i64) -> ()
      llvm.call_intrinsic "llvm.x86.tdpbssd"(%0, %1, %2) : (i8, i8, i8) -> ()
      llvm.inline_asm has_side_effects "vmulps $1, $1, $0", "=x,x" %zeros : (vector<4xf32>) -> vector<4xf32>
      llvm.call_intrinsic "llvm.x86.tilestored64"(%0, %sums, %c64) : (i8, !llvm.ptr, i64) -> ()
      %sum = vector.load %buffer[%c0] : memref<256xi32>, vector<16xi32>
    // or, where the loop is marked
    %last:2 = scf.for %i = %c0 to %c4 step %c1 iter_args(%has_previous = %false, %previous = %c0) -> (i1, index) {
      scf.if %has_previous {
        ... // products of tile %i; what is computed of the sums of tile %previous
      } else {
        ... // products of tile %i
      }
      scf.yield %true, %i : i1, index
    }
    scf.if %last#0 {
      ... // what is computed of the sums of tile %last#1
    }
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect"];
}

def LowerLookups : Pass<"lowbit-lower-lookups", "::mlir::func::FuncOp"> {
  let summary = "vector.gather to the table instruction it names";
  let description = [{
    A gather of bytes from a constant table of 256 that carries `lowbit.instruction` becomes the intrinsics of that
    instruction; the table becomes vector constants in the order in which the instruction reads them. The module's
    target must have it.

    ```mlir
    %0 = arith.constant dense<...> : tensor<256xi8>
    %1 = arith.index_castui %bytes : vector<64xi8> to vector<64xindex>
    %2 = vector.gather %0[%c0] [%1], %all, %none {lowbit.instruction = "avx512.vpermi2b"}
      : tensor<256xi8>, vector<64xindex>, vector<64xi1>, vector<64xi8> into vector<64xi8>
    // becomes
    %low = llvm.call_intrinsic "llvm.x86.avx512.vpermi2var.qi.512"(%t0, %bytes, %t1)
      : (vector<64xi8>, vector<64xi8>, vector<64xi8>) -> vector<64xi8>
    %high = llvm.call_intrinsic "llvm.x86.avx512.vpermi2var.qi.512"(%t2, %bytes, %t3) ...
    %upper = arith.cmpi slt, %bytes, %zero : vector<64xi8>
    %2 = arith.select %upper, %high, %low : vector<64xi1>, vector<64xi8>
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::vector::VectorDialect", "::mlir::arith::ArithDialect"];
}

def LowerIndexChecks : Pass<"lowbit-lower-index-checks", "::mlir::func::FuncOp"> {
  let summary = "lowbit.check_index to a comparison and what the function returns";
  let description = [{
    An index that lies outside becomes 0 and writes 1 to a word on the stack, which the function returns in place of the
    0 that `lowbit-export-signatures` wrote. Threads that share a loop write it in one atomic operation.

    ```mlir
    %row = lowbit.check_index %token, %c8002 : index
    ...
    return %c0_i32 : i32
    // becomes
    %status = memref.alloca() : memref<i32>
    memref.store %c0_i32, %status[] : memref<i32>
    ...
    %outside = arith.cmpi uge, %token, %c8002 : index
    %row = arith.select %outside, %c0, %token : index
    scf.if %outside {
      memref.atomic_rmw ori %c1_i32, %status[] : (i32, memref<i32>) -> i32
    }
    ...
    %result = memref.load %status[] : memref<i32>
    return %result : i32
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect"];
}

#endif // LOWBIT_CODEGEN_BUFFERPASSES
