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
    The function returns the f32 result of every op that a quantizer has a model of and that depends on an argument, in
    place of what it returned, each under the name of `TensorNames`. The float form and the Q/DQ form of a program have
    such ops under the same names, so that two runs show where their values part. With `operands` it returns what
    the contractions of these names multiply with constant weights, under the names of the contractions.

    In Q/DQ form the values are those that other ops read, i.e. after they were quantized, and no op is returned whose
    result goes to a clamp that is computed in it: what is returned changes nothing of the integer program that is made
    of it.

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
  let options = [
    ListOption<"operands", "operands", "std::string",
               "names of contractions; returns the activations that they read in place of results">
  ];
  let dependentDialects = ["::mlir::lowbit::LowbitDialect"];
}

def SeparateLayers : Pass<"lowbit-separate-layers", "::mlir::func::FuncOp"> {
  let summary = "let every layer read arguments in place of what others compute";
  let description = [{
    As `lowbit-return-tensors`, and what a layer reads of another is an argument of the name of that tensor. Run on the
    values of the float program, the Q/DQ form shows what each layer adds to the error by itself. With `only` the layer
    of that name, or with an op of that name in it, is all that is left of the program: the smallest that still shows its error. Its ops keep the names
    that they have in the whole program. With `at` only the tensors of these names are cut, so that a layer of several
    ops in one form is taken out of another form whole.

    ```mlir
    func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
      %0 = linalg.add ins(%x, %x : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
      %1 = linalg.mul ins(%0, %x : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
      return %1 : tensor<4xf32>
    }
    // becomes
    func.func @f(%x: tensor<4xf32>, %a: tensor<4xf32> {lowbit.name = "add_0"})
        -> (tensor<4xf32> {lowbit.name = "add_0"}, tensor<4xf32> {lowbit.name = "mul_0"}) {
      %0 = linalg.add ins(%x, %x : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
      %1 = linalg.mul ins(%a, %x : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
      return %0, %1 : tensor<4xf32>, tensor<4xf32>
    }
    ```

    Errors: a body of several blocks; no layer of the name `only`.
  }];
  let options = [
    Option<"only", "only", "std::string", "\"\"", "the name of the one layer to keep; empty for all">,
    ListOption<"at", "at", "std::string", "the names of the tensors that become arguments; all where empty">
  ];
  let dependentDialects = ["::mlir::lowbit::LowbitDialect"];
}

#endif // LOWBIT_CALIBRATE_PASSES
