#include "Options.h"
#include "llvm/Support/CommandLine.h"

using namespace mlir::lowbit;
namespace cl = llvm::cl;

static cl::SubCommand run("run", "run a program on every sample of the data");
static cl::SubCommand calibrate("calibrate", "observe a float program on calibration data and write the table");
static cl::SubCommand merge("merge", "merge calibration tables, or moments, of one program");
static cl::SubCommand compare("compare", "run two programs on the same data and print how their outputs differ");
static cl::SubCommand bench("bench", "time two programs in turns on the same data");
static cl::SubCommand compile("compile", "write an object file, a static or a shared library, and its C header");

// Options of commands that read data, that run programs, that write a file.
#define ON_DATA cl::sub(run), cl::sub(calibrate), cl::sub(compare), cl::sub(bench)
#define ON_TARGET ON_DATA, cl::sub(compile)
#define ON_OUTPUT cl::sub(run), cl::sub(calibrate), cl::sub(merge), cl::sub(compile)

static cl::list<std::string> programs(cl::Positional, cl::desc("<program>..."), ON_TARGET, cl::sub(merge));
static cl::opt<std::string> data("data", cl::desc(".npz or .npy file; one row of the first axis is one sample"),
                                 cl::value_desc("file"), ON_DATA);
static cl::opt<std::string> output("o", cl::desc("file to write"), cl::value_desc("file"), ON_OUTPUT);
static cl::list<std::string> maps("map", cl::desc("read the array for this input"), cl::value_desc("input=array"),
                                  ON_DATA);
static cl::list<std::string> tables("merge", cl::desc("add the samples of this calibration table of the same program"),
                                    cl::value_desc("file"), cl::sub(calibrate));
static cl::opt<std::string> ranges("ranges", cl::desc("measure moments alone, by the ranges of this table"),
                                   cl::value_desc("file"), cl::sub(calibrate));
static cl::opt<std::string> through("through",
                                    cl::desc("measure, by --ranges, moments of what contractions read in this program "
                                             "in Q/DQ form, of those next behind the contractions of --known"),
                                    cl::value_desc("program"), cl::sub(calibrate));
static cl::opt<std::string> known("known", cl::desc("the moments that the program of --through was made with"),
                                  cl::value_desc("file"), cl::sub(calibrate));
static cl::opt<std::string> moments("moments",
                                    cl::desc("moments of the patches that contractions read: to write, or "
                                             "to round weights by"),
                                    cl::value_desc("file"), ON_DATA, cl::sub(compile));
static cl::opt<std::string> labels("labels", cl::desc("array of the data with the right class of each sample"),
                                   cl::value_desc("array"), cl::sub(run), cl::sub(compare));
static cl::opt<unsigned> limit("limit", cl::desc("use the first N samples"), cl::value_desc("N"), ON_DATA);
static cl::opt<std::string> cpu("cpu", cl::desc("LLVM name of the CPU, or 'native'"), cl::init("native"), ON_TARGET);
static cl::opt<std::string> triple("triple", cl::desc("LLVM target triple; the host's by default"), ON_TARGET);
static cl::opt<std::string> features("features", cl::desc("further LLVM features, as '+x,-y'"), ON_TARGET);
static cl::opt<unsigned> threads("threads", cl::desc("how many threads share the work of one call"), cl::init(1),
                                 ON_TARGET);
static cl::opt<bool> fastFloat("fast-float",
                               cl::desc("let products and sums of floats be contracted to fused multiply-adds"),
                               cl::sub(run), cl::sub(compare), cl::sub(bench), cl::sub(compile));
static cl::opt<std::string> function("function", cl::desc("the function, where the program has several"), ON_TARGET);
static cl::opt<std::string> calibration("calibration", cl::desc("table to quantize a float program with"),
                                        cl::value_desc("file"), cl::sub(run), cl::sub(compare), cl::sub(bench),
                                        cl::sub(compile));
static cl::opt<std::string> recipe("recipe", cl::desc("preset or file that says what to quantize and how"),
                                   cl::init("w8a8"), cl::sub(run), cl::sub(compare), cl::sub(bench), cl::sub(compile));
static cl::opt<bool> reference("reference", cl::desc("interpret the program, or the first of two, as it stands"),
                               cl::sub(run), cl::sub(compare));
static cl::opt<std::string> emulator("emulator", cl::desc("command that runs executables of the target"),
                                     cl::value_desc("command"), cl::sub(run), cl::sub(compare));
static cl::opt<std::string> symbol("name", cl::desc("name of the compiled function"), cl::sub(compile));
static cl::opt<bool> timing("timing", cl::desc("print how long each pass took"), cl::sub(compile));
static cl::opt<bool> lineNumbers("line-numbers", cl::desc("say which line of the program each instruction comes from"),
                                 cl::sub(compile));
static cl::opt<std::string> levels("multi-target",
                                   cl::desc("versions for several machines, chosen when the program runs, instead of "
                                            "--cpu: all, or some of x86-64-v2,x86-64-v3,avxvnni,avx512vnni,amx"),
                                   cl::value_desc("machines"), cl::sub(compile));
static cl::opt<double> seconds("seconds", cl::desc("how long to measure"), cl::init(4), cl::sub(bench));
static cl::opt<bool> json("json", cl::desc("print JSON"), cl::sub(compare), cl::sub(bench));

namespace {
/// A command, and what it needs to be given.
struct Command {
  cl::SubCommand &subCommand;
  decltype(Invocation::command) function;
  /// How many programs; 0 for one file or more.
  size_t programs;
  bool needsData;
  bool needsOutput;
};
} // namespace

[[noreturn]] static void fail(const llvm::Twine &message) {
  llvm::errs() << "quant-runner: error: " << message << "\n";
  exit(2);
}

static std::vector<ArrayMapping> getMappings() {
  std::vector<ArrayMapping> mappings;
  for (const std::string &text : maps) {
    auto [input, array] = llvm::StringRef(text).split('=');
    if (input.empty() || array.empty())
      fail("--map: expected input=array, but got '" + text + "'");
    mappings.push_back({input.str(), array.str()});
  }
  return mappings;
}

static CommandOptions getOptions() {
  CommandOptions options;
  options.programs.assign(programs.begin(), programs.end());
  options.data = data;
  options.output = output;
  options.labels = labels;
  options.ranges = ranges;
  options.through = through;
  options.known = known;
  options.moments = moments;
  options.load.pipeline.moments = moments;
  options.mappings = getMappings();
  options.tables.assign(tables.begin(), tables.end());
  options.limit = limit;
  options.load.pipeline.cpu = cpu;
  options.load.pipeline.triple = triple;
  options.load.pipeline.features = features;
  options.load.pipeline.threads = threads;
  options.load.pipeline.fastFloat = fastFloat;
  options.load.pipeline.calibration = calibration;
  options.load.pipeline.recipe = recipe;
  options.load.function = function;
  options.load.reference = reference;
  options.load.emulator = emulator;
  options.symbol = symbol;
  options.timing = timing;
  options.lineNumbers = lineNumbers;
  options.levels = levels;
  options.seconds = seconds;
  options.json = json;
  return options;
}

Invocation parseCommandLine(int argc, char **argv) {
  const Command commands[] = {{run, runCommand, 1, true, false},     {calibrate, calibrateCommand, 1, true, false},
                              {merge, mergeCommand, 0, false, true}, {compare, compareCommand, 2, true, false},
                              {bench, benchCommand, 2, true, false}, {compile, compileCommand, 1, false, true}};
  // The options of LLVM itself are no help to who asks for help.
  static cl::OptionCategory category("quant-runner");
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(argc, argv, "Lowbit program runner\n");
  for (const Command &command : commands) {
    if (!command.subCommand)
      continue;
    if (command.programs == 0 && programs.empty())
      fail(command.subCommand.getName() + ": expected files to merge");
    if (command.programs != 0 && programs.size() != command.programs)
      fail(command.subCommand.getName() + ": expected " + llvm::Twine(command.programs) +
           (command.programs == 1 ? " program" : " programs") + ", but got " + llvm::Twine(programs.size()));
    if (command.needsData && data.empty())
      fail(command.subCommand.getName() + ": expected --data");
    if (command.needsOutput && output.empty())
      fail(command.subCommand.getName() + ": expected -o");
    return {command.function, getOptions()};
  }
  fail("expected a command: run, calibrate, merge, compare, bench or compile");
}
