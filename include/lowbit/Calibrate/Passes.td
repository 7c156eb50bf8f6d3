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

def ReturnTensors : Pass<"lowbit-return-tensors", "::mlir::func::FuncOp"> {
  let summary = "return what every op computes, to compare programs op by op";
  let description = [{
    The function returns the f32 result of every op that a quantizer has a model of, in place of what it returned, each
    under the name of `TensorNames`. The float form and the Q/DQ form of a program have the same such ops under the same
    names, so that two runs show where their values part.

    ```mlir
    func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
      %0 = linalg.add ins(%x, %x : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
      %1 = linalg.mul ins(%0, %x : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
      return %1 : tensor<4xf32>
    }
    // becomes
    func.func @f(%x: tensor<4xf32>) -> (tensor<4xf32> {lowbit.name = "add_0"}, tensor<4xf32> {lowbit.name = "mul_0"}) {
      ...
      return %0, %1 : tensor<4xf32>, tensor<4xf32>
    }
    ```
  }];
}

#endif // LOWBIT_CALIBRATE_PASSES
