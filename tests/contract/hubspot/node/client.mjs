// HubSpot's own Node client, unchanged, against the desk: node client.mjs ADDRESS TOKEN
// Exits with 0 when every answer is what its user expects.
import assert from "node:assert/strict";

import { Client } from "@hubspot/api-client";

const [basePath, accessToken] = process.argv.slice(2);
const hubspot = new Client({ accessToken, basePath });
const contacts = hubspot.crm.contacts;

/** Call *attempt* and return the error it must end with. */
async function refused(attempt) {
  try {
    await attempt();
  } catch (error) {
    return error;
  }
  return assert.fail("this was to be refused");
}

const visitor = { email: "ada@example.com", firstName: "Ada", lastName: "Lovelace" };
const tokens = hubspot.conversations.visitorIdentification.generateApi;
const first = await tokens.generateToken(visitor);
const second = await tokens.generateToken(visitor);
assert.equal(first.token.split(".").length, 3);
assert.notEqual(first.token, second.token);

const made = await contacts.basicApi.create({
  properties: { email: "ada@example.com", firstname: "Ada" },
  associations: [],
});
assert.equal(made.properties.email, "ada@example.com");
assert.ok(made.createdAt instanceof Date);

const read = await contacts.basicApi.getById(
  "ada@example.com",
  ["company", "email"],
  undefined,
  undefined,
  false,
  "email",
);
assert.equal(read.id, made.id);
assert.equal(read.properties.company, null);

const changed = await contacts.basicApi.update(made.id, { properties: { company: "Ink" } });
assert.equal(changed.properties.company, "Ink");

const found = await contacts.searchApi.doSearch({
  filterGroups: [{ filters: [{ propertyName: "company", operator: "EQ", value: "ink" }] }],
  sorts: [],
  properties: ["company"],
  limit: 10,
  after: "0",
});
assert.equal(found.total, 1);
assert.equal(found.results[0].id, made.id);

const upserted = await contacts.batchApi.upsert({
  inputs: [
    { idProperty: "email", id: "ada@example.com", properties: { lastname: "Lovelace" } },
    { idProperty: "email", id: "grace@example.com", properties: { firstname: "Grace" } },
  ],
});
assert.deepEqual(
  upserted.results.map((result) => result._new),
  [false, true],
);

const partly = await contacts.batchApi.read({
  inputs: [{ id: made.id }, { id: "999" }],
  properties: ["email"],
  propertiesWithHistory: [],
});
assert.equal(partly.numErrors, 1);
assert.equal(partly.errors[0].category, "OBJECT_NOT_FOUND");

assert.equal((await contacts.getAll()).length, 2);

const taken = await refused(() =>
  contacts.basicApi.create({ properties: { email: "ada@example.com" }, associations: [] }),
);
assert.equal(taken.code, 409);
assert.equal(taken.body.message, `Contact already exists. Existing ID: ${made.id}`);

const { companies, deals, owners, pipelines, properties } = hubspot.crm;
const ink = await companies.basicApi.create({ properties: { name: "Ink" }, associations: [] });
const pens = await deals.basicApi.create({
  properties: { dealname: "Pens", amount: "10.50", dealstage: "contractsent" },
  associations: [
    {
      to: { id: made.id },
      types: [{ associationCategory: "HUBSPOT_DEFINED", associationTypeId: 3 }],
    },
  ],
});
const { v4 } = hubspot.crm.associations;
await v4.basicApi.createDefault("contacts", made.id, "companies", ink.id);
const tied = await v4.basicApi.getPage("contacts", made.id, "companies");
assert.equal(tied.results[0].toObjectId, ink.id);
assert.deepEqual(
  tied.results[0].associationTypes.map((type) => [type.typeId, type.label]),
  [
    [1, "Primary"],
    [279, null],
  ],
);
const labelled = await v4.basicApi.create("deals", pens.id, "companies", ink.id, [
  { associationCategory: "HUBSPOT_DEFINED", associationTypeId: 5 },
]);
assert.deepEqual(labelled.labels, ["Primary"]);
const withTies = await deals.basicApi.getById(pens.id, undefined, undefined, ["contacts"]);
assert.equal(withTies.associations.contacts.results[0].id, made.id);
await v4.basicApi.archive("deals", pens.id, "companies", ink.id);
assert.equal((await v4.basicApi.getPage("deals", pens.id, "companies")).results.length, 0);

const size = await properties.coreApi.create("contacts", {
  name: "shoe_size",
  label: "Shoe size",
  type: "number",
  fieldType: "number",
  groupName: "contactinformation",
});
assert.equal(size.modificationMetadata.archivable, true);
const sized = await contacts.basicApi.update(made.id, { properties: { shoe_size: "43" } });
assert.equal(sized.properties.shoe_size, "43");
const stages = (await pipelines.pipelinesApi.getAll("deals")).results[0].stages;
assert.ok(stages.some((stage) => stage.id === "closedwon"));
assert.equal((await owners.ownersApi.getPage()).results[0].email, "linus@shop.test");

await contacts.basicApi.archive(made.id);
assert.equal((await refused(() => contacts.basicApi.getById(made.id))).code, 404);

const stranger = new Client({ accessToken: "pat-na1-nobody", basePath });
const unknown = await refused(() => stranger.crm.contacts.basicApi.getPage());
assert.equal(unknown.code, 401);
assert.equal(unknown.body.category, "INVALID_AUTHENTICATION");
