"""Rules of origin as China Customs publishes them in Chinese: 品目改变；或者区域价值成分40%.

Text in, a rule of the grammar out, or NotEncoded with the words nobody could read. Two families are known: the terse one of later agreements
(品目改变，但从…转变来的除外) and the long one of earlier ones (从任何其他品目改变至此，由…改变至此除外；或不要求税则归类改变，只要…).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from tongguan.grammar.money import NotAnAmount
from tongguan.origin import notation
from tongguan.origin.codes import whole_list
from tongguan.origin.notation import ppm_of_percent
from tongguan.origin.rules import (
    Allowing,
    Change,
    Condition,
    ForGoods,
    GeneralContent,
    Materials,
    MinContent,
    MustOriginate,
    NoRequirement,
    Note,
    NotEncoded,
    OfOriginatingMaterials,
    Process,
    Rule,
    WhollyObtained,
    all_of,
    any_of,
)


class _Unread(Exception):  # carries the words that stopped the reading
    pass


_LEVEL = {
    "章": "chapter",
    "品目": "heading",
    "4位品目": "heading",
    "税目": "heading",
    "子目": "subheading",
    "8位税目": "item",
}
_NUMBER = r"[0-9][0-9. 、，,至或和及与章第品子目税号—-]*"
_CONTENT = re.compile(
    r"(?:(?:且)?(?:其|该)?(?:货物)?(?:的)?)?(?:区域价值成分|从价百分比|增值百分比)(?:\((?:RVC|VA)\))?"
    r"(?:按(?P<method>扣减法|累加法)计算)?(?:应)?(?:为|达到|不少于|不低于|大于等于|≥)?(?P<share>[0-9.]+)(?:%)(?:以上)?"
    r"(?:或(?:者)?按(?P<method2>扣减法|累加法)计算(?:不少于|不低于)?(?P<share2>[0-9.]+)%)?"
)
_TERSE = re.compile(r"(?P<level>章|4位品目|品目|子目|8位税目)改变(?:\((?:CC|CTH|CTSH)\))?")
_LONG = re.compile(
    r"(?:可)?(?:从)?任何(?:其[他它])?(?P<level>章|4位品目|品目|税目|子目)(?:改变|转变)(?:至此|[至到](?:该|本)?(?:章|品目|子目)(?P<to>[0-9.]*))"
)
_BUT = re.compile(
    rf"(?:,)?(?:但|但是)?(?:从|由)(?P<codes>(?:第)?(?:品目|子目|章|税目|税号)?{_NUMBER}(?:章)?)(?:改变|转变)?(?:至此|来)?(?:的)?(?:除外)"
)
_METHODS = {"扣减法": "build_down", "累加法": "build_up", None: "build_down"}
_WASTE = re.compile(
    r"货物应来自:?1\.在中国或[^,。;]{1,8}境内的制造过程[^:]*?[0-9]+\.在[^,。;]{1,12}境内收集的旧货,(?:只要|且)该货物仅适用于原材料(?:的)?回收"
)
_WASTE_WORDS = "废碎料或旧货"
_EMULSION = re.compile(
    r"如果成品涂有感光乳剂或其他涂层溶剂,则(?P<first>.+?);如果需要(?P<second>.+?),则上述工序也应在缔约方完成"
)


def normalise(text: str) -> str:
    """One spelling: half-width signs, no spaces, no full stop at the end."""
    text = unicodedata.normalize("NFKC", text).replace("“", "").replace("”", "").replace('"', "")
    text = re.sub(r"\s+", "", text).replace("、", "、").replace(";或者", ";或").replace(";或", ";或")
    text = re.sub(r"。?\.?$", "", text)
    return _WASTE.sub(_WASTE_WORDS, re.sub(r"[。;,]+$", "", text))


@lru_cache(maxsize=20_000)
def read(text: str) -> Rule | NotEncoded:
    """A rule from its Chinese text."""
    body = normalise(text)
    if not body:
        return NotEncoded("no_text", "")
    try:
        return _rule(body)
    except (_Unread, NotAnAmount) as stopped:
        return NotEncoded("words_not_known", str(stopped)[:60])


def _rule(body: str) -> Rule:
    if body.startswith(("章注:", "类注:", "注:", "注释:")):
        return Note(body)
    if body.startswith("对于"):
        return _for_goods(body)
    emulsion = _EMULSION.search(body)
    if emulsion:
        main = _clause(body[: emulsion.start()].rstrip(","))
        return all_of([main, Condition(emulsion["first"]), Condition(f"{emulsion['second']}在缔约方完成")])
    numbered = re.split(r"(?:^|;或|;)\((?:[1-9]|[一二三四])\)", body)
    if len(numbered) > 2:
        return any_of([_rule(part.strip(";,。")) for part in numbered if part])
    parts = re.split(r";或者?|。或者?|,?或者?(?=不要求|区域价值|品目改变|章改变|子目改变)|(?<=%)或(?=[品章子从])", body)
    return any_of([_conjunction(part) for part in parts if part])


def _for_goods(body: str) -> Rule:
    parts = re.split(r"(?:^|[;。])对于", body)
    rules: list[Rule] = []
    for part in parts:
        if not part:
            continue
        words, sign, text = part.partition(":")
        if not sign or len(words) > 40 or "," in words:
            words, sign, text = part.partition(",")
        if not sign or not text:
            raise _Unread(part)
        rules.append(ForGoods(words, _rule(text.strip(";。,"))))
    return any_of(rules)


def _conjunction(body: str) -> Rule:
    originate = re.search(r",同时要求(?P<part>.+?)具备原产资格(?:,应满足(?P<codes>.+?)所规定的原产标准)?$", body)
    extra: list[Rule] = []
    if originate:
        ranges = whole_list(originate["codes"] or "") or ()
        words = re.sub(r"\(.*?\)", "", originate["part"])
        extra.append(MustOriginate(Materials(codes=ranges, words=words)))
        body = body[: originate.start()]
    allowed = re.search(r"。允许从同一(?P<level>品目|章|子目)内的(?P<words>.+?)改变至此$", body)
    if allowed:
        own = Materials(same_as_product=_LEVEL[allowed["level"]], words=allowed["words"])
        return Allowing(_conjunction(body[: allowed.start()]), (own,))
    parts = re.split(r",只要(?=其|该|货物|区域)|,?且(?=其|该|货物|区域)|,?并且(?=其|该|货物|区域)|,?同时(?=区域)", body)
    return all_of([_clause(part) for part in parts if part] + extra)


def _clause(body: str) -> Rule:
    for recognise in (_fixed, _content, _change, _made_from):
        found = recognise(body)
        if found is not None:
            return found
    if re.fullmatch(r"[A-Za-z0-9 ,.%()≥/-]+", body):
        short = notation.read(body)
        if not isinstance(short, NotEncoded):
            return short
    raise _Unread(body)


def _fixed(body: str) -> Rule | None:
    if re.fullmatch(r"(?:在.{1,12})?完全获得(?:或者?生产)?(?:的)?(?:\(WO\))?", body):
        return WhollyObtained()
    if re.fullmatch(r"(?:完全|仅|全部)(?:由|使用).{0,12}原产材料生产(?:的)?", body):
        return OfOriginatingMaterials()
    if body.startswith("不要求税则归类改变") and body in ("不要求税则归类改变", "不要求税则归类改变。"):
        return Change("any")
    if body in ("无要求", "不作要求", "无特定要求"):
        return NoRequirement()
    if body == _WASTE_WORDS:
        return WhollyObtained(how="waste")
    if re.fullmatch(r"如果动物在.{1,12}境内出生并饲养,可赋予原产地", body):
        return WhollyObtained(how="born_and_raised")
    if re.fullmatch(r"本(?:子目|品目|章)下的货物应在.{1,12}境内收获、采摘或[采收]集", body):
        return WhollyObtained(how="harvested")
    found = re.fullmatch(r"本品目货物的原产国应为(发现|始创)该货物的国家", body)
    if found:
        return WhollyObtained(how="found" if found[1] == "发现" else "created")
    if re.fullmatch(r"本品目货物如果源于.{1,12}境内,应视为原产", body):
        return WhollyObtained(how="found")
    if body in ("化学反应", "化学反应规则"):
        return Process("chemical_reaction", body)
    if body in ("一般区域价值成分", "一般原产地规则"):
        return GeneralContent()
    return None


def _content(body: str) -> Rule | None:
    found = _CONTENT.fullmatch(body)
    if found is None:
        return None
    first = MinContent(ppm_of_percent(found["share"]), _METHODS[found["method"]])
    if not found["share2"]:
        return first
    return any_of([first, MinContent(ppm_of_percent(found["share2"]), _METHODS[found["method2"]])])


def _change(body: str) -> Rule | None:
    head = _LONG.match(body) or _TERSE.match(body)
    if head is None:
        return None
    rest = body[head.end() :]
    but: list[Materials] = []
    while rest:
        exception = _BUT.match(rest)
        if exception is None:
            raise _Unread(rest)
        ranges = whole_list(exception["codes"])
        if ranges is None:
            raise _Unread(exception["codes"])
        but.append(Materials(codes=ranges))
        rest = rest[exception.end() :]
    return Change(_LEVEL[head["level"]], tuple(but))


def _made_from(body: str) -> Rule | None:
    """从茶叶加工。主要制作工序为发酵、揉捻、干燥: what it starts from and the operations that count."""
    found = re.fullmatch(
        r"(?:从|由|以)(?P<from>[^,。;]{1,40}?)(?:加工|制造|生产)。?(?:主要)?(?:制造|制作|加工)?工序(?:为|包括)(?P<steps>[^。;]+)",
        body,
    )
    if found is None:
        return None
    return all_of(
        [
            Condition(f"从{found['from']}制造"),
            *(Condition(step) for step in re.split(r"[、,]|及", found["steps"]) if step),
        ]
    )
