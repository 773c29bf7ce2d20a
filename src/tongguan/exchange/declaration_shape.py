"""The declaration message DecMessage as plain data: one class for each of its groups, named as the message names them.

A field that was not sent is None, one that was sent empty is "": the message tells the two apart, and so its bytes come back. Every value is text
here; `declaring.py` says what it means.
"""

from __future__ import annotations

import msgspec


class DecHead(msgspec.Struct, frozen=True, kw_only=True):
    """What is said once of the declaration (表头)."""

    seq_no: str | None = None
    ie_flag: str | None = None
    type: str | None = None
    agent_code: str | None = None
    agent_name: str | None = None
    appr_no: str | None = None
    bill_no: str | None = None
    contr_no: str | None = None
    custom_master: str | None = None
    cut_mode: str | None = None
    distinate_port: str | None = None
    fee_curr: str | None = None
    fee_mark: str | None = None
    fee_rate: str | None = None
    gross_wet: str | None = None
    ie_date: str | None = None
    ie_port: str | None = None
    insur_curr: str | None = None
    insur_mark: str | None = None
    insur_rate: str | None = None
    license_no: str | None = None
    manual_no: str | None = None
    net_wt: str | None = None
    note_s: str | None = None
    other_curr: str | None = None
    other_mark: str | None = None
    other_rate: str | None = None
    owner_code: str | None = None
    owner_name: str | None = None
    pack_no: str | None = None
    trade_code: str | None = None
    trade_country: str | None = None
    trade_mode: str | None = None
    trade_name: str | None = None
    traf_mode: str | None = None
    traf_name: str | None = None
    trans_mode: str | None = None
    wrap_type: str | None = None
    entry_id: str | None = None
    pre_entry_id: str | None = None
    edi_id: str | None = None
    risk: str | None = None
    cop_name: str | None = None
    cop_code: str | None = None
    entry_type: str | None = None
    p_date: str | None = None
    typist_no: str | None = None
    inputer_name: str | None = None
    partener_id: str | None = None
    tgd_no: str | None = None
    data_source: str | None = None
    decl_trn_rel: str | None = None
    chk_surety: str | None = None
    bill_type: str | None = None
    cop_code_scc: str | None = None
    owner_code_scc: str | None = None
    agent_code_scc: str | None = None
    trade_co_scc: str | None = None
    promise_itmes: str | None = None
    trade_area_code: str | None = None
    check_flow: str | None = None
    tax_aamin_mark: str | None = None
    mark_no: str | None = None
    desp_port_code: str | None = None
    enty_port_code: str | None = None
    goods_place: str | None = None
    bl_no: str | None = None
    insp_org_code: str | None = None
    spec_decl_flag: str | None = None
    purp_org_code: str | None = None
    desp_date: str | None = None
    cmpl_dschrg_dt: str | None = None
    correlation_reason_flag: str | None = None
    vsa_org_code: str | None = None
    orig_box_flag: str | None = None
    declare_name: str | None = None
    no_other_pack: str | None = None
    org_code: str | None = None
    overseas_consignor_code: str | None = None
    overseas_consignor_cname: str | None = None
    overseas_consignor_ename: str | None = None
    overseas_consignor_addr: str | None = None
    overseas_consignee_code: str | None = None
    overseas_consignee_ename: str | None = None
    domestic_consignee_ename: str | None = None
    correlation_no: str | None = None
    edi_remark2: str | None = None
    edi_remark: str | None = None


class DecGoodsLimitVin(msgspec.Struct, frozen=True, kw_only=True):
    """One vehicle (车辆信息)."""

    licence_no: str | None = None
    lic_type_code: str | None = None
    vin_no: str | None = None
    bill_lad_date: str | None = None
    quality_qgp: str | None = None
    motor_no: str | None = None
    vin_code: str | None = None
    chassis_no: str | None = None
    invoice_num: str | None = None
    prod_cnnm: str | None = None
    prod_ennm: str | None = None
    model_en: str | None = None
    price_per_unit: str | None = None


class DecGoodsLimit(msgspec.Struct, frozen=True, kw_only=True):
    """One licence of a goods item (产品资质)."""

    goods_no: str | None = None
    lic_type_code: str | None = None
    licence_no: str | None = None
    lic_wrtof_detail_no: str | None = None
    lic_wrtof_qty: str | None = None
    vehicles: tuple[DecGoodsLimitVin, ...] = ()


class DecList(msgspec.Struct, frozen=True, kw_only=True):
    """One goods item (表体)."""

    class_mark: str | None = None
    code_ts: str | None = None
    contr_item: str | None = None
    decl_price: str | None = None
    duty_mode: str | None = None
    factor: str | None = None
    g_model: str | None = None
    g_name: str | None = None
    g_no: str | None = None
    origin_country: str | None = None
    trade_curr: str | None = None
    decl_total: str | None = None
    g_qty: str | None = None
    first_qty: str | None = None
    second_qty: str | None = None
    g_unit: str | None = None
    first_unit: str | None = None
    second_unit: str | None = None
    use_to: str | None = None
    work_usd: str | None = None
    exg_no: str | None = None
    exg_version: str | None = None
    destination_country: str | None = None
    ciq_code: str | None = None
    decl_goods_ename: str | None = None
    orig_place_code: str | None = None
    purpose: str | None = None
    prod_valid_dt: str | None = None
    prod_qgp: str | None = None
    goods_attr: str | None = None
    stuff: str | None = None
    uncode: str | None = None
    dang_name: str | None = None
    dang_pack_type: str | None = None
    dang_pack_spec: str | None = None
    eng_man_ent_cnm: str | None = None
    no_dang_flag: str | None = None
    dest_code: str | None = None
    goods_spec: str | None = None
    goods_model: str | None = None
    goods_brand: str | None = None
    produce_date: str | None = None
    prod_batch_no: str | None = None
    district_code: str | None = None
    ciq_name: str | None = None
    dec_goods_limits: tuple[DecGoodsLimit, ...] | None = None
    mnufctr_reg_no: str | None = None
    mnufctr_reg_name: str | None = None


class Container(msgspec.Struct, frozen=True, kw_only=True):
    """One container (集装箱)."""

    container_id: str | None = None
    container_md: str | None = None
    goods_no: str | None = None
    lcl_flag: str | None = None
    goods_conta_wt: str | None = None


class LicenseDocu(msgspec.Struct, frozen=True, kw_only=True):
    """One licence or certificate (随附单证)."""

    docu_code: str | None = None
    cert_code: str | None = None


class DecRequestCert(msgspec.Struct, frozen=True, kw_only=True):
    """One certificate asked for (申请单证)."""

    app_cert_code: str | None = None
    appl_ori: str | None = None
    appl_copy_quan: str | None = None


class DecOtherPack(msgspec.Struct, frozen=True, kw_only=True):
    """Other packing (其他包装)."""

    pack_qty: str | None = None
    pack_type: str | None = None


class DecCopLimit(msgspec.Struct, frozen=True, kw_only=True):
    """One qualification of the firm (企业资质)."""

    ent_qualif_no: str | None = None
    ent_qualif_type_code: str | None = None


class DecUser(msgspec.Struct, frozen=True, kw_only=True):
    """Who uses the goods (使用人)."""

    use_org_person_code: str | None = None
    use_org_person_tel: str | None = None


class DecMarkLob(msgspec.Struct, frozen=True, kw_only=True):
    """Marks as an attachment (标记号码附件)."""

    attach_name: str | None = None
    attach_type: str | None = None
    attachment: str | None = None


class DecFreeTxt(msgspec.Struct, frozen=True, kw_only=True):
    """Free text (自由文本)."""

    rel_id: str | None = None
    rel_man_no: str | None = None
    bon_no: str | None = None
    voy_no: str | None = None
    dec_bp_no: str | None = None
    cus_fie: str | None = None
    dec_no: str | None = None


class DecSign(msgspec.Struct, frozen=True, kw_only=True):
    """Who sends the declaration (签名信息)."""

    oper_type: str | None = None
    ic_code: str | None = None
    cop_code: str | None = None
    oper_name: str | None = None
    client_seq_no: str | None = None
    sign: str | None = None
    sign_date: str | None = None
    certificate: str | None = None
    host_id: str | None = None
    bill_seq_no: str | None = None
    domain_id: str | None = None
    note: str | None = None


class EdocRealation(msgspec.Struct, frozen=True, kw_only=True):
    """One paper attached (随附单据)."""

    edoc_id: str | None = None
    edoc_code: str | None = None
    edoc_fomat_type: str | None = None
    op_note: str | None = None
    edoc_cop_id: str | None = None
    edoc_owner_code: str | None = None
    sign_unit: str | None = None
    sign_time: str | None = None
    edoc_owner_name: str | None = None
    edoc_size: str | None = None


class EcoRelation(msgspec.Struct, frozen=True, kw_only=True):
    """The proof of origin of one goods item (原产地证明)."""

    cert_type: str | None = None
    eco_cert_no: str | None = None
    dec_g_no: str | None = None
    eco_g_no: str | None = None
    extend_filed: str | None = None


class DecMessage(msgspec.Struct, frozen=True, kw_only=True):
    """The whole message. A list is None where not even its frame was sent."""

    head: DecHead
    goods: tuple[DecList, ...] | None = None
    containers: tuple[Container, ...] | None = None
    licences: tuple[LicenseDocu, ...] | None = None
    requests: tuple[DecRequestCert, ...] | None = None
    other_packs: tuple[DecOtherPack, ...] | None = None
    qualifications: tuple[DecCopLimit, ...] | None = None
    users: tuple[DecUser, ...] | None = None
    marks: tuple[DecMarkLob, ...] | None = None
    free_text: DecFreeTxt | None = None
    sign: DecSign | None = None
    papers: tuple[EdocRealation, ...] = ()
    origins: tuple[EcoRelation, ...] = ()
