/** What the server tells about contacts, under short names. */
import type { components } from "@callingcard/kit/schema.d.ts";

type Schemas = components["schemas"];

/** A contact in a list. */
export type Contact = Schemas["ContactOut"];

/** A contact with their latest conversations. */
export type ContactDetail = Schemas["ContactDetail"];

/** A property that contacts can have. */
export type Property = Schemas["KnownPropertyOut"];

/** The companies and deals of a contact. */
export type Related = Schemas["RelatedAnswer"];

/** Two contacts that became one, and until when that can be undone. */
export type Merge = Schemas["MergeOut"];

/** What became of an order to forget somebody: counts, and nobody's name. */
export type Receipt = Schemas["ReceiptOut"];

/** Something that was done to a contact, out of the audit log. */
export type Deed = Schemas["AuditRowOut"];
