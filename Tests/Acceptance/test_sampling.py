"""What the gate promises of a sample is what SciPy computes, bad classes are found, and a bad prompt costs little."""
import decimal
import xml.etree.ElementTree

import pytest

import lot_statistics
import results
from request_lines import chat, chats
from worst_case import FLAT, dearest

KINDS = ["single", "double", "sequential"]
#: acceptable, rejectable, alpha, beta, and lots.
POLICIES = [
    ((0.01, 0.10, 0.05, 0.10), [20, 200, 5000]), ((0, 0.05, 0.05, 0.05), [300]), ((0.05, 0.15, 0.01, 0.05), [150, 1000]),
    ((0.02, 0.04, 0.05, 0.10), [2000]),
]


def gate(acceptable, rejectable, alpha, beta):
    return f"[sample]\nacceptable = {acceptable}\nrejectable = {rejectable}\nalpha = {alpha}\nbeta = {beta}\n"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("policy,lots", POLICIES)
def test_the_curve_is_the_one_that_scipy_computes(spool, kind, policy, lots):
    spool.configure(gate=gate(*policy))
    for lot in lots:
        plan = spool.json("gate", "plan", "--lot", lot, "--plan", kind)
        stages, curve = plan["stages"], plan["curve"]
        assert plan["lot"] == lot and plan["plan"] == kind and len(curve) >= 5
        for point in curve:
            accepted, average = lot_statistics.course(stages, lot, point["defects"])
            assert point["accepted"] == pytest.approx(accepted, abs=1e-9), (plan, point)
            assert point["average_sample"] == pytest.approx(average, abs=1e-9 * lot), (plan, point)
            assert point["rate"] == point["defects"] / lot
        # Both risks hold for the lot as it is, and the curve says how far.
        by_count = {point["defects"]: point["accepted"] for point in curve}
        alpha, beta = 1 - by_count[plan["acceptable_defects"]], by_count[plan["rejectable_defects"]]
        assert alpha == pytest.approx(plan["true_alpha"], abs=1e-9) and alpha <= policy[2] + 1e-12
        assert beta == pytest.approx(plan["true_beta"], abs=1e-9) and beta <= policy[3] + 1e-12


@pytest.mark.parametrize("policy,lots", POLICIES)
def test_the_single_plan_is_the_smallest_that_keeps_both_risks(spool, policy, lots):
    spool.configure(gate=gate(*policy))
    for lot in (lot for lot in lots if lot <= 300):
        plan = spool.json("gate", "plan", "--lot", lot)
        [stage] = plan["stages"]
        smallest = lot_statistics.single(lot, plan)
        assert plan["inspects_all"] == (smallest is None)
        if smallest:
            assert (stage["inspected"], stage["acceptance"]) == smallest


@pytest.mark.fast
def test_the_plan_is_printed_and_drawn(spool):
    spool.configure(gate='[sample]\nplan = "double"\n', lane="shard_lines = 150")
    text = spool.run("gate", "plan", "--svg", "curve.svg").out
    assert "double plan for a shard of 150 answers" in text and "rejected (alpha)" in text
    picture = xml.etree.ElementTree.parse(spool.directory / "curve.svg").getroot()
    name = "{http://www.w3.org/2000/svg}"
    words = " ".join(text.text or "" for text in picture.iter(f"{name}text"))
    assert picture.tag == f"{name}svg" and len(list(picture.iter(f"{name}polyline"))) == 6
    for word in ("probability of acceptance", "answers looked at", "share of defective", "acceptable", *KINDS):
        assert word in words
    assert "href" not in (spool.directory / "curve.svg").read_text()
    spool.run("gate", "plan", "--lot", 0, code=64)
    spool.run("gate", "plan", "--plan", "triple", code=64)


def classes(count, each, **body):
    return [
        chat(f"c{at:02}-{number:05}", f"A word about {number} in class {at}.", metadata={"class": f"c{at:02}"}, **body)
        for number in range(each) for at in range(count)]


@pytest.mark.parametrize("strata", ['{ prefix = "-" }', '{ pointer = "/metadata/class" }'])
def test_three_bad_classes_of_twenty_are_found_and_redone_alone(spool, mock, strata):
    lines, bad = classes(20, 30), {"c04", "c11", "c19"}

    def answer(request):
        return {"finish_reason": "length"} if any(f"class {int(name[1:])}." in request.text for name in bad) else {}

    mock.script = answer
    spool.configure(gate=f"[sample]\nstrata = {strata}\n[canary]\nlines = 5\n")
    spool.process("classes.jsonl", lines, code=None)
    job = results.job_named(spool, "classes.jsonl")
    report = results.check_whole(job, lines, spool.directory)
    assert report["verdict"] == "split" and mock.count == 17 * 30 + 3 * 5
    assert {record["custom_id"][:3] for record in job.output()} == {f"c{at:02}" for at in range(20)} - bad
    assert len(job.output()) == 17 * 30
    rejected = [shard for shard in report["shards"] if shard["verdict"] == "rejected"]
    assert {shard["stratum"] for shard in rejected} == bad and len(rejected) == 3
    assert all(shard["role"] == "canary" and shard["lines"] == 5 for shard in rejected)
    # What comes back is the bad classes, and nothing of the others.
    assert {line["custom_id"][:3] for line in job.reprocess()} == bad and len(job.reprocess()) == 90
    mock.script = lambda request: {}
    spool.run("retry", job.name)
    spool.once()
    assert mock.count == 17 * 30 + 3 * 5 + 3 * 30


@pytest.mark.parametrize("strata", ["", 'strata = { pointer = "/metadata/class" }'])
def test_a_bad_prompt_costs_two_hundredths_of_the_worst_case_at_the_most(spool, mock, strata):
    lines = classes(10, 1000, max_tokens=16) if strata else chats(10_000, max_tokens=16)
    spool.configure(model=FLAT, gate=f"[sample]\n{strata}\n")
    worst = decimal.Decimal(spool.json("plan", spool.write("plan.jsonl", lines))["worst_usd"])
    # The server takes all that was reserved for a request: nothing is saved but what is not sent.
    usage = dearest(int(worst * 1_000_000 / len(lines)), 16)
    mock.script = lambda request: {"finish_reason": "length", **usage(request)}
    spool.process("bad.jsonl", lines, code=None)
    job = results.job_named(spool, "bad.jsonl")
    assert job.verdict == "rejected" and mock.count == (200 if strata else 20)
    assert 0 < job.spent <= worst * 2 / 100
    assert job.report["lines"]["refused"] == 10_000 - mock.count
