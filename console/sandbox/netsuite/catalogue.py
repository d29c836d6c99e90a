"""The records the practice NetSuite keeps: their fields, sublists, id sequences and SuiteQL tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as made_by

from console.sandbox.netsuite.fields import Field, declared


@dataclass(frozen=True, slots=True)
class RecordType:
    """One record type. `name` is its REST path, `family` the id sequence it shares, `plain` its SuiteQL type name."""

    name: str
    family: str
    fields: Mapping[str, Field]
    sublists: Mapping[str, Mapping[str, Field]] = made_by(default_factory=dict)
    writable: bool = False

    @property
    def plain(self) -> str:
        return self.name.lower()


_PARTS = {
    "address": declared(
        "addressee:text attention:text addr1:text addr2:text addr3:text city:text state:text zip:text "
        "country:text addrPhone:text addrText:text-"
    )
}
_COMMON = "id:text- externalId:text lastModifiedDate:stamp- "
_LINE = "class>classification department>department location>location "
_TRANSACTION = (
    _COMMON + "createdDate:stamp- tranId:text- transactionNumber:text- tranDate:date postingPeriod>accountingPeriod "
    "currency>currency subsidiary>subsidiary exchangeRate:num memo:text account>account voided:bool- customForm:text "
) + _LINE


def _type(name: str, words: str, *, family: str = "", writable: bool = False, **sublists: str) -> RecordType:
    fields = declared(_COMMON + words, _PARTS)
    lists = {each: declared(line, _PARTS) for each, line in sublists.items()}
    return RecordType(name, family or name, fields, lists, writable)


def _transaction(name: str, words: str, **sublists: str) -> RecordType:
    return _type(name, _TRANSACTION + words, family="transaction", writable=True, **sublists)


_ADDRESS_BOOK = (
    "id:int- internalId:int- label:text defaultBilling:bool defaultShipping:bool addressBookAddress{address}"
)
_SALE_LINE = (
    _LINE + "line:int- lineUniqueKey:text- item>serviceSaleItem! description:text quantity:num rate:num amount:num "
    "taxCode>salesTaxItem taxRate1:num- tax1Amt:num- grossAmt:num- isTaxable:bool job>job|customer price>priceLevel "
    "account>account revRecStartDate:date revRecEndDate:date units:text charge>charge"
)
_TIME_LINE = (
    "line:int- apply:bool doc>timeBill! quantity:num- rate:num- amount:num- item>serviceSaleItem- job>job|customer- "
    "employee>employee- memo:text- billedDate:date- taxCode>salesTaxItem taxRate1:num- tax1Amt:num- grossAmt:num-"
)
_APPLY = (
    "line:int- apply:bool doc>invoice! amount:num applyDate:date- total:num- due:num- refNum:text- type:text- "
    "currency:text-"
)

_DECLARED = (
    _type(
        "subsidiary",
        "name:text legalName:text currency>currency country:text isElimination:bool isInactive:bool parent>subsidiary "
        "state:text url:text email:text federalIdNumber:text mainAddress{address}",
    ),
    _type(
        "currency",
        "name:text symbol:text displaySymbol:text exchangeRate:num currencyPrecision:int isBaseCurrency:bool "
        "isInactive:bool symbolPlacement:text includeInFxRateUpdates:bool overrideCurrencyFormat:bool",
    ),
    _type(
        "customer",
        "entityId:text autoName:bool companyName:text isPerson:bool firstName:text lastName:text "
        "subsidiary>subsidiary! currency>currency parent>customer email:text altEmail:text phone:text url:text "
        "entityStatus>customerStatus "
        "isInactive:bool terms>term taxItem>salesTaxItem taxable:bool vatRegNumber:text defaultTaxReg:text "
        "accountNumber:text balance:num- overdueBalance:num- depositBalance:num- unbilledOrders:num- creditLimit:num "
        "creditHoldOverride#creditHold billingTransactionType#billingTransaction billingRateCard>billingRateCard "
        "billingSchedule>billingSchedule priceLevel>priceLevel salesRep>employee receivablesAccount>account "
        "comments:text startDate:date dateCreated:stamp- customForm:text language:text",
        family="entity",
        writable=True,
        addressBook=_ADDRESS_BOOK,
        currencyList="currency>currency balance:num- overdueBalance:num- unbilledOrders:num-",
        taxRegistration="id:int- nexusCountry:text taxRegistrationNumber:text",
    ),
    _type(
        "contact",
        "entityId:text firstName:text lastName:text company>customer|job email:text phone:text title:text "
        "subsidiary>subsidiary isInactive:bool dateCreated:stamp-",
        family="entity",
        writable=True,
    ),
    _type(
        "job",
        "entityId:text autoName:bool companyName:text! altName:text parent>customer subsidiary>subsidiary "
        "currency>currency jobBillingType#jobBilling billingRateCard>billingRateCard billingSchedule>billingSchedule "
        "startDate:date endDate:date projectedEndDate:date entityStatus#jobStatus allowTime:bool allowExpenses:bool "
        "limitTimeToAssignees:bool isInactive:bool jobItem>serviceSaleItem jobPrice:num estimatedCost:num "
        "estimatedRevenue:num plannedRevenue:num percentComplete:num projectManager>employee "
        "accountNumber:text comments:text schedulingMethod#scheduling timeApproval#timeApproval fxRate:num "
        "projectCompletelyBilled:bool actualTime:hours- allocatedTime:hours- chargeAmountBilled:num- "
        "chargeAmountReadyForBilling:num- chargeAmountHoldForBilling:num- chargeAmountPending:num- "
        "dateCreated:stamp- customForm:text",
        family="entity",
        writable=True,
        jobResources="id:int- jobResource>employee! role:text",
    ),
    _type(
        "projectTask",
        "title:text! project>job! parent>projectTask estimatedWork:num plannedWork:hours actualWork:hours- "
        "calculatedWork:num- remainingWork:hours- percentTimeComplete:num- status#taskStatus priority#priority "
        "constraintType#constraint nonBillableTask:bool isInactive:bool owner>employee message:text "
        "startDateTime:stamp endDate:stamp- finishByDate:date eventId:int-",
        writable=True,
        assignee="id:int- resource>employee! serviceItem>serviceSaleItem estimatedWork:num plannedWork:num "
        "unitCost:num unitPrice:num cost:num- price:num- billingClass>billingClass units:num",
    ),
    _type(
        "employee",
        "entityId:text firstName:text lastName:text email:text title:text subsidiary>subsidiary department>department "
        "location>location class>classification isInactive:bool hireDate:date releaseDate:date laborCost:num "
        "billingClass>billingClass supervisor>employee isJobResource:bool dateCreated:stamp-",
        family="entity",
    ),
    _type("vendor", "entityId:text companyName:text subsidiary>subsidiary isInactive:bool", family="entity"),
    _type(
        "serviceSaleItem",
        "itemId:text displayName:text description:text isInactive:bool incomeAccount>account isOnline:bool "
        "salesTaxCode>salesTaxItem taxSchedule:text rate:num createdDate:stamp-",
        family="item",
    ),
    _type(
        "timeBill",
        "employee>employee! tranDate:date! hours:hours! customer>job|customer caseTaskEvent>projectTask "
        "item>serviceSaleItem isBillable:bool isProductive:bool isUtilized:bool isExempt:bool rate:num "
        "overrideRate:bool price>priceLevel billingClass>billingClass approvalStatus#timeApproval "
        "supervisorApproval:bool rejectionNote:text subsidiary>subsidiary billingSubsidiary>subsidiary memo:text "
        "posted:bool- timeType#timeType timeModified:bool- paidExternally:bool nextApprover>employee "
        "createdDate:stamp- customForm:text " + _LINE,
        writable=True,
    ),
    _type(
        "charge",
        "billTo>job|customer! projectTask>projectTask chargeEmployee>employee timeRecord>timeBill chargeDate:date! "
        "billDate:date quantity:num rate:num amount:num discountAmount:num stage#stage use#use billingMode#billingMode "
        "billingItem>serviceSaleItem billingSchedule>billingSchedule currency>currency "
        "subsidiary>subsidiary description:text memo:text serviceStartDate:date serviceEndDate:date units:text "
        "runId:text- invoice>invoice- invoiceLine:text- transaction>invoice- transactionLine:text- "
        "creditMemo>creditMemo- creditMemoLine:text- createdDate:stamp- " + _LINE,
        writable=True,
    ),
    _transaction(
        "invoice",
        "entity>customer|job! job>job dueDate:date terms>term approvalStatus#tranApproval status#invoiceStatus- "
        "otherRefNum:text createdFrom>invoice asOfDate:date- subtotal:num- taxTotal:num- discountTotal:num- total:num- "
        "amountPaid:num- amountRemaining:num- email:text toBeEmailed:bool salesRep>employee "
        "billingSchedule>billingSchedule",
        item=_SALE_LINE,
        time=_TIME_LINE,
        expCost="line:int- apply:bool doc:text amount:num memo:text",
        itemCost="line:int- apply:bool doc:text amount:num memo:text",
    ),
    _transaction(
        "creditMemo",
        "entity>customer|job! job>job createdFrom>invoice status#creditStatus- subtotal:num- taxTotal:num- total:num- "
        "applied:num- unapplied:num- amountPaid:num- amountRemaining:num- otherRefNum:text",
        item=_SALE_LINE,
        apply=_APPLY,
    ),
    _transaction(
        "customerPayment",
        "customer>customer|job! payment:num! arAcct>account undepFunds#undepositedFunds checkNumber:text "
        "autoApply:bool applied:num- unapplied:num- total:num- status#paymentStatus-",
        apply=_APPLY,
    ),
    _transaction(
        "expenseReport",
        "entity>employee! expensereportcurrency>currency expensereportexchangerate:num complete:bool "
        "supervisorapproval:bool accountingapproval:bool status#expenseStatus- approvalStatus#tranApproval advance:num "
        "amount:num- total:num- taxTotal:num- reimbursable:num- nonreimbursable:num- duedate:date "
        "usemulticurrency:bool",
        expense="id:int- line:text- expensedate:date category>expenseCategory amount:num! foreignamount:num "
        "quantity:num rate:num currency>currency exchangerate:num customer>job|customer projecttask>projectTask "
        "isBillable:bool "
        "taxCode>salesTaxItem taxRate1:num- tax1Amt:num- grossAmt:num- memo:text refnumber:int receipt:bool "
        "isnonreimbursable:bool corporatecreditcard:bool expenseaccount>account billingsubsidiary>subsidiary " + _LINE,
    ),
    _type(
        "billingSchedule",
        "name:text! scheduleType#scheduleType frequency#frequency project>job initialAmount:num numberRemaining:int "
        "inArrears:bool isPublic:bool isInactive:bool seriesStartDate:date applyToSubtotal:bool",
        writable=True,
        milestone="id:int- projectTask>projectTask milestoneAmount:num milestoneDate:date milestoneCompleted:bool "
        "comments:text",
        recurrence="id:int- count:int units:text amount:num recurrenceDate:date paymentTerms>term",
    ),
    _type(
        "accountingPeriod",
        "periodName:text startDate:date endDate:date closed:bool closedOnDate:date arLocked:bool apLocked:bool "
        "allLocked:bool payrollLocked:bool allowNonGLChanges:bool isPosting:bool isAdjust:bool isQuarter:bool "
        "isYear:bool isInactive:bool parent>accountingPeriod",
    ),
    _type(
        "salesTaxItem",
        "itemId:text displayName:text description:text rate:num country:text subsidiary>subsidiary isInactive:bool "
        "effectiveFrom:date validUntil:date",
        family="item",
    ),
    _type("department", "name:text isInactive:bool parent>department includeChildren:bool"),
    _type("classification", "name:text isInactive:bool parent>classification includeChildren:bool"),
    _type("location", "name:text isInactive:bool parent>location subsidiary>subsidiary timeZone:text"),
    _type("term", "name:text daysUntilNetDue:int isInactive:bool"),
    _type("account", "acctName:text acctNumber:text acctType:text isInactive:bool currency>currency"),
    _type("priceLevel", "name:text isInactive:bool"),
    _type("billingClass", "name:text isInactive:bool"),
    _type("billingRateCard", "name:text isInactive:bool"),
    _type("expenseCategory", "name:text isInactive:bool expenseAcct>account"),
    _type("customerStatus", "name:text stage:text isInactive:bool"),
)

TYPES: Mapping[str, RecordType] = {each.name: each for each in _DECLARED}
"""Every record type by its REST name."""

BY_PATH: Mapping[str, RecordType] = {each.plain: each for each in _DECLARED}
"""The same by lower-case path: the vendor's paths ignore case."""

TRANSACTIONS: Mapping[str, str] = {
    "invoice": "CustInvc",
    "creditMemo": "CustCred",
    "customerPayment": "CustPymt",
    "expenseReport": "ExpRept",
}
"""Transaction record types and what SuiteQL calls them in `transaction.type`."""

FAMILIES: Mapping[str, tuple[str, ...]] = {
    family: tuple(each.name for each in _DECLARED if each.family == family) for family in {e.family for e in _DECLARED}
}
"""Record types that draw their internal ids from one sequence."""
