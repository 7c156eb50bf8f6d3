def Untested : Pass<"lowbit-untested", "::mlir::ModuleOp">;
def HalfTested : Pass<"lowbit-half-tested"> {
}
