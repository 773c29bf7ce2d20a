"""The declared consignee is the firm in whose name it is filed, by every way in: form, draft, spreadsheet, program, amendment; a broker files for whom it serves."""

import pytest
from makers import LODGING, a_moment, a_post, an_entrustment, an_organisation, declared_facts
from makers_programs import Program
from stdnum.cn import uscc
from test_upload_declarations import table

from tongguan.grammar.findings import InputRefused
from tongguan.window import clock
from tongguan.window.accounts.posts import actor_of
from tongguan.window.declarations.models import Declaration
from tongguan.window.lodging import acts, sheets

pytestmark = pytest.mark.django_db

OURS, THEIRS, BROKERS = (
    code + uscc.calc_check_digit(code) for code in ("91310000MA1FL0AB1", "91310000MA1K00DE2", "91310000MA1K00DE5")
)
CUSTOMS_CODE = "3122960D01"


def a_trader(**facts):
    """Somebody of a firm that is registered under our code."""
    firm = an_organisation(**{"credit_code": OURS, "customs_code": CUSTOMS_CODE} | facts)
    return a_post("importer", organisation=firm)


def acting(post):
    return actor_of(post.person, a_moment())


def facts_of(**parties):
    return declared_facts(parties={"importer_code": OURS} | parties)


def lodged(post, facts, importer=None, reference="R1"):
    return acts.lodge(
        acting(post), a_moment(), facts, importer_id=(importer or post.organisation).pk, reference=reference
    )


def places_of(refused):
    return [(one.code, one.path) for one in refused.value.findings if one.severity == "error"]


OTHER = [("lodging.importer_is_another", "parties.importer_code")]


@pytest.mark.parametrize("code", [OURS, CUSTOMS_CODE])
def test_either_code_of_the_firm_names_it(code):
    assert lodged(a_trader(), facts_of(importer_code=code)).state == "lodged"


def test_a_program_does_not_file_in_the_name_of_another_firm():
    an_organisation(credit_code=THEIRS)
    with pytest.raises(InputRefused) as refused:
        lodged(a_trader(), facts_of(importer_code=THEIRS))
    assert places_of(refused) == OTHER
    assert not Declaration.objects.exists()


def test_it_is_told_with_everything_else_that_is_wrong():
    post = a_trader()
    facts = facts_of(importer_code=THEIRS) | {"packages": {}}
    with pytest.raises(InputRefused) as refused:
        lodged(post, facts)
    assert OTHER[0] in places_of(refused)
    assert len(refused.value.findings) > 1
    unreadable = facts_of(importer_code=THEIRS, importer_name=7)
    with pytest.raises(InputRefused) as refused:
        lodged(post, unreadable)
    assert OTHER[0] in places_of(refused)


def test_the_customs_code_and_the_declarant_are_compared_at_their_fields():
    with pytest.raises(InputRefused) as refused:
        lodged(
            a_trader(),
            facts_of(importer_customs_code="3122960D99", declarant_code=THEIRS, declarant_name="另一报关公司"),
        )
    assert places_of(refused) == [
        ("lodging.importer_is_another", "parties.importer_customs_code"),
        ("lodging.declarant_is_another", "parties.declarant_code"),
    ]


def test_a_broker_files_for_the_firm_that_entrusted_it():
    principal = a_trader().organisation
    broker = a_post("broker", organisation=an_organisation("broker", credit_code=BROKERS))
    an_entrustment(principal, broker.organisation)
    named = {"declarant_code": BROKERS, "declarant_name": broker.organisation.name_zh}
    assert lodged(broker, facts_of(**named), principal).importer_id == principal.pk
    for code in (BROKERS, THEIRS):
        with pytest.raises(InputRefused) as refused:
            lodged(broker, facts_of(**named, importer_code=code), principal, reference="R2")
        assert places_of(refused) == OTHER


def test_a_draft_is_lodged_in_the_name_it_is_filed_in():
    post = a_trader()
    actor = acting(post)
    draft = acts.draft(
        actor, a_moment(), facts_of(importer_code=THEIRS), importer_id=post.organisation_id, reference="D1"
    )
    with pytest.raises(InputRefused) as refused:
        acts.lodge_draft(actor, a_moment(), draft, "0" * 64)
    assert places_of(refused) == OTHER
    acts.save(actor, a_moment(), draft, facts_of())
    expected = acts.prepare(facts_of(), a_moment()).digest
    assert acts.lodge_draft(actor, a_moment(), draft, expected).state == "lodged"


def test_an_amendment_does_not_hand_the_goods_to_another_firm():
    post = a_trader()
    made = lodged(post, facts_of())
    with pytest.raises(InputRefused) as refused:
        acts.ask_amendment(acting(post), a_moment(), made, facts_of(importer_code=THEIRS), "换收货人")
    assert places_of(refused) == OTHER
    assert not made.requests.exists()


def test_the_second_step_is_in_the_same_name():
    post = a_trader()
    made = lodged(post, declared_facts(header={"procedure": "summary"}, parties={"importer_code": OURS}))
    complete = declared_facts(header={"procedure": "complete"}, parties={"importer_code": THEIRS})
    acts.save(acting(post), a_moment(), made, complete)
    with pytest.raises(InputRefused) as refused:
        acts.complete(acting(post), a_moment(), made, "0" * 64)
    assert OTHER[0] in places_of(refused)


@pytest.mark.parametrize(("language", "words"), [("zh", "名义申报"), ("en", "filed in the name of")])
def test_the_form_tells_it_at_the_field_and_on_review(client_as, language, words):
    firm = a_trader().organisation
    client = client_as("importer", organisation=firm)
    with clock.standing_at(LODGING):
        post = a_post("importer", organisation=firm)
        draft = acts.draft(
            acting(post), a_moment(), facts_of(importer_code=THEIRS), importer_id=firm.pk, reference="F1"
        )
        page = client.get(f"/declarations/{draft.pk}/edit/parties/?look=1&lang={language}").content.decode()
        assert words in page
        assert 'id="parties-importer_code"' in page
        assert words in client.get(f"/declarations/{draft.pk}/review/?lang={language}").content.decode()


def test_the_interface_answers_with_the_place():
    program = Program("importer", post=a_trader())
    with clock.standing_at(LODGING):
        answer = program.send(
            "post", "/declarations", {"reference": "A1", "declaration": facts_of(importer_code=THEIRS)}
        )
        assert answer.status_code == 422
        assert OTHER[0] in [(one["code"], one["path"]) for one in answer.json()["errors"]]
        program.do("/declarations", {"reference": "A1", "declaration": facts_of()}, 201)


def test_a_spreadsheet_hands_the_row_back_and_takes_the_rest():
    post = a_trader()
    sent = sheets.send(
        acting(post), a_moment(), name="may.xlsx", columns=None, importer_id=post.organisation_id, is_lodged=True,
        content=table(("S-1", facts_of(importer_code=THEIRS)), ("S-2", facts_of())),
    )  # fmt: skip
    assert [one["reference"] for one in sent.accepted] == ["S-2"]
    assert [(one["code"], one["path"]) for one in sent.refused[0]["findings"]] == OTHER
