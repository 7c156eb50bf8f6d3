// The hash of a program is the same after it was printed, read, or written as bytecode, and whatever its values are
// called.

// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-insert-observers)' | FileCheck %s
// RUN: quant-opt %s --mlir-print-op-generic | quant-opt --pass-pipeline='builtin.module(lowbit-insert-observers)' | FileCheck %s
// RUN: quant-opt %s -emit-bytecode -o %t.mlirbc
// RUN: quant-opt %t.mlirbc --pass-pipeline='builtin.module(lowbit-insert-observers)' | FileCheck %s
// RUN: quant-opt %s -mlir-print-debuginfo -mlir-use-nameloc-as-prefix --mlir-print-unique-ssa-ids \
// RUN:   | quant-opt --pass-pipeline='builtin.module(lowbit-insert-observers)' | FileCheck %s
// With observers, or without.
// RUN: quant-opt %s --pass-pipeline='builtin.module(lowbit-insert-observers)' \
// RUN:   | quant-opt --pass-pipeline='builtin.module(lowbit-insert-observers)' | FileCheck %s
// Another program has another hash.
// RUN: sed -e s/matmul_weights/other_weights/ -e s/0x04000000/0x08000000/ %s \
// RUN:   | quant-opt --pass-pipeline='builtin.module(lowbit-insert-observers)' | FileCheck %s
// RUN: sed s/0000803F/0000813F/ %s | quant-opt --pass-pipeline='builtin.module(lowbit-insert-observers)' \
// RUN:   | FileCheck %s --check-prefix=OTHER

// CHECK: lowbit.program_hash = "049492970f5e9bf56f35f214f4ee2303", lowbit.stage = "import"}
// OTHER-NOT: lowbit.program_hash = "049492970f5e9bf56f35f214f4ee2303"
// OTHER: lowbit.program_hash = "{{[0-9a-f]+}}"
// OTHER-NOT: lowbit.program_hash = "049492970f5e9bf56f35f214f4ee2303"

module attributes {lowbit.stage = "import"} {
  func.func @f(%x: tensor<1x2xf32> {lowbit.name = "x"}) -> (tensor<1x2xf32> {lowbit.name = "y"}) {
    %w = arith.constant dense_resource<matmul_weights> : tensor<2x2xf32>
    %b = arith.constant dense<[0.1, 0.2]> : tensor<2xf32>
    %e = tensor.empty() : tensor<1x2xf32>
    %init = linalg.broadcast ins(%b : tensor<2xf32>) outs(%e : tensor<1x2xf32>) dimensions = [0]
    %0 = linalg.matmul ins(%x, %w : tensor<1x2xf32>, tensor<2x2xf32>) outs(%init : tensor<1x2xf32>) -> tensor<1x2xf32>
    return %0 : tensor<1x2xf32>
  }
}

{-#
  dialect_resources: {
    builtin: {
      matmul_weights: "0x040000000000803F000000400000404000008040"
    }
  }
#-}
