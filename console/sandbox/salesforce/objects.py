"""The objects of the practice org: standard ones, and what the firm's administrator added for invoices and terms."""

from __future__ import annotations

from dataclasses import replace

from console.sandbox.salesforce.schema import (
    Field,
    SObject,
    audit,
    head,
    lookup,
    money,
    own,
    picklist,
    system,
    text,
)

CURRENCIES = ("USD", "GBP", "EUR", "JPY")
STAGES = (
    "Prospecting",
    "Qualification",
    "Needs Analysis",
    "Value Proposition",
    "Proposal/Price Quote",
    "Negotiation/Review",
    "Closed Won",
    "Closed Lost",
)
BILLING_TYPES = ("Time and Materials", "Fixed Fee", "Milestone", "Retainer")
TERMS = ("Net 14", "Net 30", "Net 45", "Net 60", "Due on receipt")

_CURRENCY = Field("CurrencyIsoCode", "picklist", "Currency ISO Code", 3, choices=CURRENCIES, strict=True)
_OWNER = replace(lookup("OwnerId", "Owner ID", "User", "Owner"), default=None)
_RELAY = own(Field("Relay_Id__c", "string", "Relay Id", 80, external=True, unique=True))
_KEY = own(Field("Tieout_Key__c", "string", "Tieout Key", 80, external=True, unique=True))


def _address(place: str) -> tuple[Field, ...]:
    return (
        text(f"{place}Street", 255, f"{place} Street", "textarea"),
        text(f"{place}City", 40, f"{place} City"),
        text(f"{place}State", 80, f"{place} State/Province"),
        text(f"{place}PostalCode", 20, f"{place} Zip/Postal Code"),
        text(f"{place}Country", 80, f"{place} Country"),
        system(f"{place}Address", "address", f"{place} Address"),
    )


ACCOUNT = SObject(
    "Account",
    "001",
    "Account",
    "Accounts",
    (
        *head("Account"),
        text("Name", 255, "Account Name", required=True),
        replace(
            picklist("Type", "Account Type", "Prospect", "Customer - Direct", "Customer - Channel", "Other"), length=40
        ),
        lookup("ParentId", "Parent Account ID", "Account", "Parent", "ChildAccounts"),
        *_address("Billing"),
        *_address("Shipping"),
        text("Phone", 40, "Account Phone", "phone"),
        text("AccountNumber", 40, "Account Number"),
        text("Website", 255, "Website", "url"),
        replace(
            picklist("Industry", "Industry", "Consulting", "Energy", "Finance", "Manufacturing", "Other"), length=40
        ),
        money("AnnualRevenue", "Annual Revenue"),
        Field("NumberOfEmployees", "int", "Employees", digits=8, scale=0),
        text("Description", 32000, "Account Description", "textarea"),
        _CURRENCY,
        _OWNER,
        own(text("Legal_Entity__c", 80, "Legal Entity")),
        own(text("Tax_Number__c", 40, "Tax Number")),
        own(picklist("Payment_Terms__c", "Payment Terms", *TERMS)),
        _KEY,
        own(text("ERP_Number__c", 40, "ERP Number")),
        _RELAY,
        *audit(),
    ),
)

CONTACT = SObject(
    "Contact",
    "003",
    "Contact",
    "Contacts",
    (
        *head("Contact"),
        lookup("AccountId", "Account ID", "Account", "Account", "Contacts"),
        text("LastName", 80, "Last Name", required=True),
        text("FirstName", 40, "First Name"),
        system("Name", "string", "Full Name", length=121),
        *_address("Mailing"),
        text("Phone", 40, "Business Phone", "phone"),
        text("Email", 80, "Email", "email"),
        text("Title", 128, "Title"),
        _CURRENCY,
        _OWNER,
        *audit(),
    ),
)

OPPORTUNITY = SObject(
    "Opportunity",
    "006",
    "Opportunity",
    "Opportunities",
    (
        *head("Opportunity"),
        lookup("AccountId", "Account ID", "Account", "Account", "Opportunities"),
        text("Name", 120, "Name", required=True),
        text("Description", 32000, "Description", "textarea"),
        picklist("StageName", "Stage", *STAGES, required=True),
        money("Amount", "Amount"),
        Field("Probability", "percent", "Probability (%)", digits=3, scale=0),
        system("ExpectedRevenue", "currency", "Expected Amount"),
        Field("CloseDate", "date", "Close Date", required=True),
        picklist("Type", "Opportunity Type", "New Customer", "Existing Customer - Upgrade", "Amendment"),
        text("NextStep", 255, "Next Step"),
        picklist("LeadSource", "Lead Source", "Web", "Phone Inquiry", "Partner Referral", "Other"),
        system("IsClosed", "boolean", "Closed"),
        system("IsWon", "boolean", "Won"),
        picklist("ForecastCategoryName", "Forecast Category", "Pipeline", "Best Case", "Commit", "Closed", "Omitted"),
        system("HasOpportunityLineItem", "boolean", "Has Line Item"),
        lookup("Pricebook2Id", "Price Book ID", "Pricebook2", "Pricebook2", "Opportunities"),
        _CURRENCY,
        _OWNER,
        own(text("Legal_Entity__c", 80, "Legal Entity")),
        own(picklist("Billing_Type__c", "Billing Type", *BILLING_TYPES, strict=True)),
        own(Field("Start_Date__c", "date", "Start Date")),
        own(Field("End_Date__c", "date", "End Date")),
        own(money("Cap__c", "Cap")),
        own(text("Service_Line__c", 80, "Service Line")),
        own(text("Rate_Card__c", 120, "Rate Card")),
        own(text("Purchase_Order__c", 80, "Purchase Order")),
        own(lookup("Amends__c", "Amends", "Opportunity", "Amends__r", "Amendments__r")),
        own(Field("Amendment_Number__c", "double", "Amendment Number", digits=3, scale=0)),
        own(Field("Effective_Date__c", "date", "Effective Date")),
        _RELAY,
        *audit(),
    ),
)

OPPORTUNITY_LINE_ITEM = SObject(
    "OpportunityLineItem",
    "00k",
    "Opportunity Product",
    "Opportunity Product",
    (
        *head("Line Item"),
        replace(
            lookup("OpportunityId", "Opportunity ID", "Opportunity", "Opportunity", "OpportunityLineItems", True),
            update=False,
        ),
        Field("SortOrder", "int", "Sort Order", digits=9, scale=0),
        replace(lookup("PricebookEntryId", "Price Book Entry ID", "PricebookEntry", "PricebookEntry"), update=False),
        replace(lookup("Product2Id", "Product ID", "Product2", "Product2"), update=False),
        system("ProductCode", "string", "Product Code", length=255),
        system("Name", "string", "Opportunity Product Name", length=376),
        Field("Quantity", "double", "Quantity", digits=12, scale=2, required=True),
        money("UnitPrice", "Sales Price"),
        money("TotalPrice", "Total Price"),
        Field("ServiceDate", "date", "Date"),
        text("Description", 255, "Line Description"),
        replace(_CURRENCY, create=False, update=False),
        *audit(),
    ),
)

PRODUCT2 = SObject(
    "Product2",
    "01t",
    "Product",
    "Products",
    (
        *head("Product"),
        text("Name", 255, "Product Name", required=True),
        text("ProductCode", 255, "Product Code"),
        text("Description", 4000, "Product Description", "textarea"),
        Field("IsActive", "boolean", "Active"),
        text("Family", 40, "Product Family"),
        _CURRENCY,
        *audit(),
    ),
)

PRICEBOOK2 = SObject(
    "Pricebook2",
    "01s",
    "Price Book",
    "Price Books",
    (
        *head("Price Book"),
        text("Name", 255, "Price Book Name", required=True),
        Field("IsActive", "boolean", "Active"),
        system("IsStandard", "boolean", "Is Standard Price Book"),
        text("Description", 255, "Description"),
        *audit(),
    ),
)

PRICEBOOK_ENTRY = SObject(
    "PricebookEntry",
    "01u",
    "Price Book Entry",
    "Price Book Entries",
    (
        *head("Price Book Entry"),
        system("Name", "string", "Product Name", length=255),
        lookup("Pricebook2Id", "Price Book ID", "Pricebook2", "Pricebook2", "PricebookEntries", required=True),
        lookup("Product2Id", "Product ID", "Product2", "Product2", "PricebookEntries", required=True),
        money("UnitPrice", "List Price", required=True),
        Field("IsActive", "boolean", "Active"),
        system("ProductCode", "string", "Product Code", length=255),
        _CURRENCY,
        *audit(),
    ),
)

USER = SObject(
    "User",
    "005",
    "User",
    "Users",
    (
        system("Id", "id", "User ID", length=18),
        system("Username", "string", "Username", length=80),
        system("LastName", "string", "Last Name", length=80),
        system("FirstName", "string", "First Name", length=40),
        system("Name", "string", "Full Name", length=121),
        system("Email", "email", "Email", length=128),
        system("IsActive", "boolean", "Active"),
        system("TimeZoneSidKey", "picklist", "Time Zone", length=40),
        system("DefaultCurrencyIsoCode", "picklist", "Default Currency ISO Code", length=3),
        *audit(),
    ),
    writable=False,
)

ORGANIZATION = SObject(
    "Organization",
    "00D",
    "Organization",
    "Organizations",
    (
        system("Id", "id", "Organization ID", length=18),
        system("Name", "string", "Name", length=80),
        system("Country", "string", "Country", length=80),
        system("InstanceName", "string", "Instance Name", length=5),
        system("IsSandbox", "boolean", "Is Sandbox"),
        system("OrganizationType", "picklist", "Edition", length=40),
        system("NamespacePrefix", "string", "Namespace Prefix", length=15),
        system("DefaultLocaleSidKey", "picklist", "Locale", length=40),
        system("TimeZoneSidKey", "picklist", "Time Zone", length=40),
        *audit(),
    ),
    writable=False,
)

CURRENCY_TYPE = SObject(
    "CurrencyType",
    "01L",
    "Currency Type",
    "Currency Types",
    (
        system("Id", "id", "Currency ID", length=18),
        system("IsoCode", "picklist", "Currency ISO Code", length=3),
        system("ConversionRate", "double", "Conversion Rate", scale=6),
        system("DecimalPlaces", "int", "Decimal Places"),
        system("IsActive", "boolean", "Active"),
        system("IsCorporate", "boolean", "Corporate Currency"),
        *audit(),
    ),
    writable=False,
)

INVOICE = SObject(
    "Tieout_Invoice__c",
    "a05",
    "Tieout Invoice",
    "Tieout Invoices",
    (
        *head("Record"),
        replace(_OWNER, default=None),
        text("Name", 80, "Invoice Name"),
        _CURRENCY,
        _KEY,
        own(lookup("Account__c", "Account", "Account", "Account__r", "Tieout_Invoices__r")),
        own(lookup("Opportunity__c", "Opportunity", "Opportunity", "Opportunity__r", "Tieout_Invoices__r")),
        own(text("Status__c", 80, "Status")),
        own(money("Amount__c", "Amount")),
        own(Field("Due_Date__c", "date", "Due Date")),
        own(text("Invoice_Number__c", 80, "Invoice Number")),
        *audit(),
    ),
    custom=True,
)

OBJECTS = (
    ACCOUNT,
    CONTACT,
    CURRENCY_TYPE,
    OPPORTUNITY,
    OPPORTUNITY_LINE_ITEM,
    ORGANIZATION,
    PRICEBOOK2,
    PRICEBOOK_ENTRY,
    PRODUCT2,
    INVOICE,
    USER,
)
"""Every object of the org, in describe order."""
