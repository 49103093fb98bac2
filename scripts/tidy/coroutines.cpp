// Rules for coroutines that clang-tidy has no check for, as checks of its own kind.
//
// All but the first are expressions that g++ up to 12 compiles into a double destruction. Coppice
// itself is not built with it, but its headers end up in other people's builds, and each of these
// reads better as two statements anyway. Only objects with a destructor matter, which is what
// cxxBindTemporaryExpr stands for.

#include <memory>

#include <clang-tidy/ClangTidyCheck.h>
#include <clang-tidy/ClangTidyModule.h>
#include <clang-tidy/ClangTidyModuleRegistry.h>
#include <clang/ASTMatchers/ASTMatchers.h>

namespace {

using namespace clang::ast_matchers;
using clang::tidy::ClangTidyContext;
using Callback = MatchFinder::MatchCallback;

constexpr const char* kFound = "found";

auto object_type() { return hasType(hasUnqualifiedDesugaredType(recordType())); }
auto awaits() { return hasDescendant(coawaitExpr()); }
auto awaits_outside_lambdas() {
  return hasDescendant(coawaitExpr(unless(hasAncestor(lambdaExpr()))));
}

/// Calls @p add with a matcher for each place where temporaries live across a co_await.
template <class Inner>
void add_temporaries(MatchFinder& finder, Callback* callback, const Inner& inner) {
  const auto temporary = cxxBindTemporaryExpr(has(inner));
  finder.addMatcher(exprWithCleanups(awaits_outside_lambdas(), forEachDescendant(temporary)),
                    callback);
  finder.addMatcher(coawaitExpr(forEachDescendant(temporary)), callback);
}

void add_view_parameter(MatchFinder& finder, Callback* callback) {
  const auto view = recordType(
      hasDeclaration(cxxRecordDecl(hasAnyName("::std::basic_string_view", "::std::span"))));
  finder.addMatcher(
      functionDecl(
          hasBody(coroutineBodyStmt()),
          hasAnyParameter(parmVarDecl(hasType(hasUnqualifiedDesugaredType(view))).bind(kFound))),
      callback);
}

void add_capturing_temporary(MatchFinder& finder, Callback* callback) {
  add_temporaries(finder, callback, lambdaExpr(hasAnyCapture(lambdaCapture())).bind(kFound));
}

void add_aggregate_temporary(MatchFinder& finder, Callback* callback) {
  add_temporaries(finder, callback, initListExpr().bind(kFound));
}

void add_await_in_braces(MatchFinder& finder, Callback* callback) {
  finder.addMatcher(initListExpr(object_type(), awaits()).bind(kFound), callback);
}

void add_await_in_conditional(MatchFinder& finder, Callback* callback) {
  finder.addMatcher(conditionalOperator(object_type(), awaits()).bind(kFound), callback);
}

void add_await_in_loop_condition(MatchFinder& finder, Callback* callback) {
  const auto condition = hasCondition(expr(awaits()).bind(kFound));
  finder.addMatcher(whileStmt(condition), callback);
  finder.addMatcher(doStmt(condition), callback);
  finder.addMatcher(forStmt(condition), callback);
}

struct Rule {
  const char* name;
  const char* advice;
  void (*add_matchers)(MatchFinder& finder, Callback* callback);
};

constexpr Rule kRules[] = {
    {"coroutine-view-parameter",
     "a coroutine takes strings and ranges by value: a view can outlive its data",
     add_view_parameter},
    {"coroutine-capturing-temporary", "name a capturing lambda before the expression with co_await",
     add_capturing_temporary},
    {"coroutine-aggregate-temporary",
     "name the aggregate before the expression with co_await, or give its type a constructor",
     add_aggregate_temporary},
    {"coroutine-await-in-braces", "await before the braced initialiser, not inside",
     add_await_in_braces},
    {"coroutine-await-in-conditional",
     "use if and else: co_await in a conditional expression yields an object",
     add_await_in_conditional},
    {"coroutine-await-in-loop-condition", "await in the loop's body, not in its condition",
     add_await_in_loop_condition},
};

class Check final : public clang::tidy::ClangTidyCheck {
 public:
  Check(llvm::StringRef name, ClangTidyContext* context, const Rule& rule)
      : ClangTidyCheck(name, context), rule_(rule) {}

  void registerMatchers(MatchFinder* finder) override { rule_.add_matchers(*finder, this); }

  void check(const MatchFinder::MatchResult& result) override {
    const auto& found = result.Nodes.getMap().at(kFound);
    diag(found.getSourceRange().getBegin(), rule_.advice);
  }

 private:
  const Rule& rule_;
};

class Module final : public clang::tidy::ClangTidyModule {
 public:
  void addCheckFactories(clang::tidy::ClangTidyCheckFactories& factories) override {
    for (const Rule& rule : kRules) {
      factories.registerCheckFactory(rule.name,
                                     [&rule](llvm::StringRef name, ClangTidyContext* context) {
                                       return std::make_unique<Check>(name, context, rule);
                                     });
    }
  }
};

const clang::tidy::ClangTidyModuleRegistry::Add<Module> kAdded("coroutine", "Rules of Coppice");

}  // namespace
