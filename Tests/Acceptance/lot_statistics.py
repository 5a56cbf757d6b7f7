"""What a sampling plan does to a lot, computed in another way than the program does: single and double plans by the
distributions of SciPy, sequential ones by counting the orders in which defects can come, in whole numbers."""
import math

from scipy.stats import hypergeom


def course(stages, lot, defective):
    """(probability of acceptance, average sample) of a lot. Stages are those of `bobbin gate plan --json`."""
    if len(stages) == 1:
        return hypergeom.cdf(stages[0]["acceptance"], lot, defective, stages[0]["inspected"]), stages[0]["inspected"]
    if len(stages) == 2:
        return double(stages, lot, defective)
    return sequential(stages, lot, defective)


def double(stages, lot, defective):
    first, last = stages
    more = last["inspected"] - first["inspected"]
    accepted = hypergeom.cdf(first["acceptance"], lot, defective, first["inspected"])
    undecided = 0.0
    for found in range(first["acceptance"] + 1, first["rejection"]):
        here = hypergeom.pmf(found, lot, defective, first["inspected"])
        if here == 0:
            continue
        undecided += here
        rest = hypergeom.cdf(last["acceptance"] - found, lot - first["inspected"], defective - found, more)
        accepted += here * rest
    return accepted, first["inspected"] + more * undecided


def sequential(stages, lot, defective):
    """All orders of `found` defects among `inspected` answers are equally likely: what matters is how many of them have
    not been decided before."""
    orders, inspected = {0: 1}, 0
    accepted = average = 0.0
    for stage in stages:
        assert stage["inspected"] == inspected + 1
        inspected += 1
        reached = {}
        for found, count in orders.items():
            reached[found] = reached.get(found, 0) + count
            reached[found + 1] = reached.get(found + 1, 0) + count
        orders = {}
        for found, count in reached.items():
            share = count / math.comb(inspected, found)
            if found <= stage["acceptance"]:
                here = share * hypergeom.pmf(found, lot, defective, inspected)
                accepted += here
                average += here * inspected
            elif found >= stage["rejection"]:
                average += share * hypergeom.pmf(found, lot, defective, inspected) * inspected
            else:
                orders[found] = count
    assert not orders, "a plan ends"
    return accepted, average


def single(lot, policy):
    """The smallest (sample, acceptance number) that keeps both risks, by trying all; None: none below the lot does."""
    shares = [defective / lot for defective in range(lot + 1)]
    good = sum(share <= policy["acceptable"] for share in shares) - 1
    bad = sum(share < policy["rejectable"] for share in shares)
    for sample in range(1, lot):
        for acceptance in range(sample):
            keeps = hypergeom.sf(acceptance, lot, good, sample) <= policy["alpha"]
            if keeps and hypergeom.cdf(acceptance, lot, bad, sample) <= policy["beta"]:
                return sample, acceptance
    return None
