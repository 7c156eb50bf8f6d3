#ifndef LOWBIT_CALIBRATE_PASSES
#define LOWBIT_CALIBRATE_PASSES

include "mlir/Pass/PassBase.td"

def InsertObservers : Pass<"lowbit-insert-observers", "::mlir::ModuleOp"> {
  let summary = "observe every tensor whose range a quantizer may need";
  let description = [{
    Puts a `lowbit.observe` behind every f32 tensor that has a name (see `TensorNames`) and depends on an argument of
    its function: the arguments, and the results of all ops but constants and what is computed of constants alone, as
    a broadcast bias or the fill of an accumulator. Such tensors must have a static shape. The module gets the hash of
    the program that the calibration table will be for, and where it has contractions with constant weights, the
    attribute `lowbit.patches`: which elements of which tensor each of them multiplies with its weights, for who
    measures their moments.

    A tensor that is observed under its name already stays as it is.

    ```mlir
    func.func @f(%x: tensor<4xf32> {lowbit.name = "x"}) -> tensor<4xf32> {
      %0 = math.tanh %x : tensor<4xf32>
      return %0 : tensor<4xf32>
    }
    ```
    becomes
    ```mlir
    module attributes {lowbit.program_hash = "…"} {
      func.func @f(%x: tensor<4xf32> {lowbit.name = "x"}) -> tensor<4xf32> {
        lowbit.observe %x as "x" : tensor<4xf32>
        %0 = math.tanh %x : tensor<4xf32>
        lowbit.observe %0 as "tanh_0" : tensor<4xf32>
        return %0 : tensor<4xf32>
      }
    }
    ```
  }];
  let dependentDialects = ["::mlir::lowbit::LowbitDialect"];
}

def RemoveObservers : Pass<"lowbit-remove-observers", "::mlir::ModuleOp"> {
  let summary = "take all observers out of a program";
  let description = [{
    The inverse of `lowbit-insert-observers`: erases every `lowbit.observe`, the patches and the hash of the program. A program whose
    observers are calls of the recorder already is refused.

    ```mlir
    lowbit.observe %x as "x" : tensor<1x4xf32>
    %y = linalg.exp ins(%x : tensor<1x4xf32>) outs(%e : tensor<1x4xf32>) -> tensor<1x4xf32>
    // becomes
    %y = linalg.exp ins(%x : tensor<1x4xf32>) outs(%e : tensor<1x4xf32>) -> tensor<1x4xf32>
    ```
  }];
}

#endif // LOWBIT_CALIBRATE_PASSES
