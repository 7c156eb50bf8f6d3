#include "lowbit/Analysis/ScaleSolver.h"
#include "lowbit/Support/QuantScheme.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

using namespace mlir;
using namespace mlir::lowbit;
using quant::UniformQuantizedType;

static FloatRange getRange(UniformQuantizedType type) {
  auto dequantize = [&](int64_t q) { return static_cast<float>((q - type.getZeroPoint()) * type.getScale()); };
  return {dequantize(type.getStorageTypeMin()), dequantize(type.getStorageTypeMax())};
}

/// True where `type` loses no more of the range than rounding loses: half a step at each end.
static bool holds(UniformQuantizedType type, FloatRange range) {
  const FloatRange own = getRange(type);
  const double slack = 0.5 * type.getScale();
  return own.min - slack <= range.min && own.max + slack >= range.max;
}

static bool haveSameStorage(UniformQuantizedType lhs, UniformQuantizedType rhs) {
  return lhs.getStorageType() == rhs.getStorageType() && lhs.getFlags() == rhs.getFlags() &&
         lhs.getExpressedType() == rhs.getExpressedType() && lhs.getStorageTypeMin() == rhs.getStorageTypeMin() &&
         lhs.getStorageTypeMax() == rhs.getStorageTypeMax();
}

UniformQuantizedType lowbit::joinTypes(ArrayRef<UniformQuantizedType> types) {
  UniformQuantizedType coarsest = types.front();
  FloatRange hull = getRange(coarsest);
  for (UniformQuantizedType type : types.drop_front()) {
    if (!haveSameStorage(coarsest, type))
      return {};
    const FloatRange range = getRange(type);
    hull = {std::min(hull.min, range.min), std::max(hull.max, range.max)};
    if (type.getScale() > coarsest.getScale())
      coarsest = type;
  }
  if (holds(coarsest, hull))
    return coarsest;
  auto params = chooseAsymmetric(hull, {coarsest.getStorageTypeMin(), coarsest.getStorageTypeMax()});
  if (!params)
    return {};
  return UniformQuantizedType::get(coarsest.getFlags(), coarsest.getStorageType(), coarsest.getExpressedType(),
                                   static_cast<double>(params->scale), params->zeroPoint, coarsest.getStorageTypeMin(),
                                   coarsest.getStorageTypeMax());
}

namespace {

/// Variables and groups that have one type.
struct ScaleClass {
  UniformQuantizedType type; ///< Null while the class is a group alone.
  bool isFixed = false;
  SmallVector<unsigned> variables;
};

struct Edge {
  unsigned group;
  unsigned variable;
};

class Solver {
public:
  explicit Solver(const ScaleProblem &problem) : problem(problem) {
    for (auto [index, variable] : llvm::enumerate(problem.variables))
      classes.push_back({variable.type, variable.isFixed, {static_cast<unsigned>(index)}});
    classes.resize(problem.variables.size() + problem.groups.size());
    for (unsigned node = 0; node < classes.size(); ++node)
      classOf.push_back(node);
  }

  ScaleSolution solve() {
    for (const Edge &edge : sortEdges())
      joinAlong(edge);
    ScaleSolution solution;
    for (unsigned node = 0; node < classes.size(); ++node) {
      UniformQuantizedType type = classes[classOf[node]].type;
      (node < problem.variables.size() ? solution.variables : solution.groups).push_back(type);
    }
    return solution;
  }

private:
  /// From the most expensive requantization to the cheapest.
  SmallVector<Edge> sortEdges() const {
    SmallVector<Edge> edges;
    for (auto [group, members] : llvm::enumerate(problem.groups))
      for (unsigned variable : members.variables)
        edges.push_back({static_cast<unsigned>(group), variable});
    auto getKey = [&](const Edge &edge) {
      return std::make_tuple(-problem.variables[edge.variable].numElements, edge.group, edge.variable);
    };
    llvm::sort(edges, [&](const Edge &a, const Edge &b) { return getKey(a) < getKey(b); });
    return edges;
  }

  /// The bits of precision that the variables of `members` lose in `type`, each bit of each element counted.
  double getLoss(const ScaleClass &members, UniformQuantizedType type) const {
    double loss = 0.0;
    for (unsigned index : members.variables) {
      const ScaleVariable &variable = problem.variables[index];
      if (variable.isCombined)
        loss += static_cast<double>(variable.numElements) *
                std::max(0.0, std::log2(type.getScale() / variable.type.getScale()));
    }
    return loss;
  }

  /// The type that both classes can have; null where there is none.
  UniformQuantizedType getSharedType(const ScaleClass &a, const ScaleClass &b) const {
    if (!a.type || !b.type)
      return a.type ? a.type : b.type;
    SmallVector<UniformQuantizedType> types;
    for (const ScaleClass *members : {&a, &b})
      for (unsigned variable : members->variables)
        types.push_back(problem.variables[variable].type);
    UniformQuantizedType type = joinTypes(types);
    if ((a.isFixed && type != a.type) || (b.isFixed && type != b.type))
      return {};
    return type;
  }

  void joinAlong(const Edge &edge) {
    const unsigned variableClass = classOf[edge.variable];
    const unsigned groupClass = classOf[problem.variables.size() + edge.group];
    if (variableClass == groupClass)
      return;
    ScaleClass &a = classes[groupClass], &b = classes[variableClass];
    UniformQuantizedType type = getSharedType(a, b);
    if (!type)
      return;
    double loss = 0.0;
    for (const ScaleClass *members : {&a, &b})
      if (members->type)
        loss += getLoss(*members, type) - getLoss(*members, members->type);
    if (loss > static_cast<double>(problem.variables[edge.variable].numElements))
      return;
    a.type = type;
    a.isFixed |= b.isFixed;
    llvm::append_range(a.variables, b.variables);
    for (unsigned &other : classOf)
      if (other == variableClass)
        other = groupClass;
  }

  const ScaleProblem &problem;
  SmallVector<ScaleClass> classes;
  SmallVector<unsigned> classOf; ///< Of variables, then of groups.
};

} // namespace

ScaleSolution lowbit::solveScales(const ScaleProblem &problem) {
  ScaleSolution solution = Solver(problem).solve();
  // A group that every edge was cut from takes the type of its first variable.
  for (auto [type, group] : llvm::zip_equal(solution.groups, problem.groups))
    if (!type && !group.variables.empty())
      type = solution.variables[group.variables.front()];
  return solution;
}
