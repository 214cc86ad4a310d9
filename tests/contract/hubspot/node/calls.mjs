// Every call that HubSpot's own Node client has in the rooms of the desk:
// node calls.mjs ADDRESS KEY. Exits with 0 when every answer is what its user expects, and
// when the calls here and those that are left out are all there are.
import assert from "node:assert/strict";

import { hubspot, make, number, offered, refused } from "./bench.mjs";
import { RECORDS } from "./records.mjs";

const { associations, owners, pipelines, properties } = hubspot.crm;
const { v4 } = associations;
const PRIMARY = [{ associationCategory: "HUBSPOT_DEFINED", associationTypeId: 1 }];
const ROOMS = [
  "conversations",
  "crm.associations",
  "crm.companies",
  "crm.contacts",
  "crm.deals",
  "crm.owners",
  "crm.pipelines",
  "crm.properties",
  "webhooks",
];
/** Deals go through one pipeline, and associations have HubSpot's own labels only. */
const LEFT_OUT = [
  ...["archive", "create", "replace", "update"].flatMap((verb) => [
    `crm.pipelines.pipelinesApi.${verb}`,
    `crm.pipelines.pipelineStagesApi.${verb}`,
  ]),
  "crm.pipelines.pipelineAuditsApi.getAudit",
  "crm.pipelines.pipelineStageAuditsApi.getAudit",
  "crm.associations.v4.reportApi.request",
  ...["create", "remove", "update"].map(
    (verb) => `crm.associations.v4.schema.definitionsApi.${verb}`,
  ),
];

/** Make a contact and a company that are associated; return their ids. */
async function tied() {
  const [contact, company] = [await make("contacts"), await make("companies")];
  await v4.basicApi.createDefault("contacts", contact, "companies", company);
  return [contact, company];
}

/** Assert that *contact* has *company*, in the senses that *types* number; or none. */
async function assertTied(contact, company, types) {
  const { results } = await v4.basicApi.getPage("contacts", contact, "companies");
  const found = results.map((one) => [one.toObjectId, one.associationTypes.map((t) => t.typeId)]);
  assert.deepEqual(found, types === undefined ? [] : [[company, types]]);
}

/** Tie a new pair by *call*, or with *old* end what ties one, and look at what is left. */
const pairing = (call, left, { old = false, more = {}, many = false } = {}) =>
  async function pair() {
    const ends = old ? await tied() : [await make("contacts"), await make("companies")];
    const to = many ? [{ id: ends[1] }] : { id: ends[1] };
    await call("contacts", "companies", { inputs: [{ _from: { id: ends[0] }, to, ...more }] });
    await assertTied(...ends, left);
  };

const word = { more: { type: "contact_to_company" } };
const ASSOCIATIONS = {
  "batchApi.create": pairing((...all) => associations.batchApi.create(...all), [1, 279], word),
  "batchApi.archive": pairing((...all) => associations.batchApi.archive(...all), undefined, {
    ...word,
    old: true,
  }),
  "batchApi.read": async () => {
    const [contact, company] = await tied();
    const answer = await associations.batchApi.read("contacts", "companies", {
      inputs: [{ id: contact }],
    });
    assert.equal(answer.results[0].to[0].id, company);
  },
  "schema.typesApi.getAll": async () => {
    const { results } = await associations.schema.typesApi.getAll("deals", "contacts");
    assert.deepEqual(
      results.map((type) => [type.id, type.name]),
      [["3", "deal_to_contact"]],
    );
  },
  "v4.schema.definitionsApi.getAll": async () => {
    const { results } = await v4.schema.definitionsApi.getAll("deals", "companies");
    assert.deepEqual(
      results.map((type) => type.typeId),
      [5, 341],
    );
  },
  "v4.basicApi.create": async () => {
    const [contact, company] = [await make("contacts"), await make("companies")];
    const tie = ["contacts", contact, "companies", company];
    assert.deepEqual((await v4.basicApi.create(...tie, PRIMARY)).labels, ["Primary"]);
  },
  "v4.basicApi.createDefault": async () => assertTied(...(await tied()), [1, 279]),
  "v4.basicApi.getPage": async () => assertTied(...(await tied()), [1, 279]),
  "v4.basicApi.archive": async () => {
    const [contact, company] = await tied();
    await v4.basicApi.archive("contacts", contact, "companies", company);
    await assertTied(contact, company);
  },
  "v4.batchApi.create": pairing((...all) => v4.batchApi.create(...all), [1, 279], {
    more: { types: PRIMARY },
  }),
  "v4.batchApi.createDefault": pairing((...all) => v4.batchApi.createDefault(...all), [1, 279]),
  "v4.batchApi.archive": pairing((...all) => v4.batchApi.archive(...all), undefined, {
    old: true,
    many: true,
  }),
  "v4.batchApi.archiveLabels": pairing((...all) => v4.batchApi.archiveLabels(...all), [279], {
    old: true,
    more: { types: PRIMARY },
  }),
  "v4.batchApi.getPage": async () => {
    const [contact, company] = await tied();
    const inputs = [{ id: contact }, { id: await make("contacts") }];
    const answer = await v4.batchApi.getPage("contacts", "companies", { inputs });
    assert.deepEqual([answer.results[0].to[0].toObjectId, answer.numErrors], [company, 1]);
  },
};

/** Return a property that is not there yet. */
const wanted = () => ({
  name: `size_${number()}`,
  label: "Size",
  type: "number",
  fieldType: "number",
  groupName: "dealinformation",
});

/** Define a property; return its name. */
const defined = async () => (await properties.coreApi.create("deals", wanted())).name;

/** Define a group of properties; return its name. */
async function group() {
  const body = { name: `group_${number()}`, label: "Group", displayOrder: 3 };
  return (await properties.groupsApi.create("deals", body)).name;
}

/** Return the names of all properties, or of all groups, by *api*. */
const names = async (api) => (await api.getAll("deals")).results.map((one) => one.name);

const PROPERTIES = {
  "coreApi.create": async () => assert.match(await defined(), /^size_/),
  "coreApi.getAll": async () => {
    const name = await defined();
    assert.ok((await names(properties.coreApi)).includes(name));
  },
  "coreApi.getByName": async () => {
    const found = await properties.coreApi.getByName("deals", await defined());
    assert.equal(found.label, "Size");
  },
  "coreApi.update": async () => {
    const body = { label: "Length" };
    const changed = await properties.coreApi.update("deals", await defined(), body);
    assert.equal(changed.label, "Length");
  },
  "coreApi.archive": async () => {
    const name = await defined();
    await properties.coreApi.archive("deals", name);
    assert.equal((await properties.coreApi.getByName("deals", name, true)).archived, true);
  },
  "batchApi.create": async () => {
    const old = wanted();
    await properties.coreApi.create("deals", old);
    const answer = await properties.batchApi.create("deals", { inputs: [wanted(), old] });
    assert.deepEqual([answer.results.length, answer.errors[0].category], [1, "CONFLICT"]);
  },
  "batchApi.read": async () => {
    const inputs = [{ name: "dealname" }, { name: "nothing" }];
    const answer = await properties.batchApi.read("deals", { inputs, archived: false });
    assert.deepEqual([answer.results[0].name, answer.numErrors], ["dealname", 1]);
  },
  "batchApi.archive": async () => {
    const name = await defined();
    await properties.batchApi.archive("deals", { inputs: [{ name }] });
    await refused(404, () => properties.coreApi.getByName("deals", name));
  },
  "groupsApi.create": async () => assert.match(await group(), /^group_/),
  "groupsApi.getAll": async () => {
    const name = await group();
    assert.ok((await names(properties.groupsApi)).includes(name));
  },
  "groupsApi.getByName": async () => {
    const found = await properties.groupsApi.getByName("deals", await group());
    assert.deepEqual([found.label, found.displayOrder], ["Group", 3]);
  },
  "groupsApi.update": async () => {
    const changed = await properties.groupsApi.update("deals", await group(), { label: "New" });
    assert.deepEqual([changed.label, changed.displayOrder], ["New", 3]);
  },
  "groupsApi.archive": async () => {
    const name = await group();
    await properties.groupsApi.archive("deals", name);
    await refused(404, () => properties.groupsApi.getByName("deals", name));
  },
};

const { pipelinesApi, pipelineStagesApi } = pipelines;
const DIRECTORY = {
  "owners.ownersApi.getPage": async () =>
    assert.equal((await owners.ownersApi.getPage()).results[0].email, "linus@shop.test"),
  "owners.ownersApi.getById": async () =>
    assert.equal((await owners.ownersApi.getById(700)).firstName, "Linus"),
  "pipelines.pipelinesApi.getAll": async () =>
    assert.equal((await pipelinesApi.getAll("deals")).results[0].id, "default"),
  "pipelines.pipelinesApi.getById": async () =>
    assert.ok((await pipelinesApi.getById("deals", "default")).stages.length > 2),
  "pipelines.pipelineStagesApi.getAll": async () =>
    assert.ok((await pipelineStagesApi.getAll("deals", "default")).results.length > 2),
  "pipelines.pipelineStagesApi.getById": async () => {
    const won = await pipelineStagesApi.getById("deals", "default", "closedwon");
    assert.equal(won.metadata.isClosed, "true");
  },
};

const { settingsApi, subscriptionsApi } = hubspot.webhooks;

/** Set up the webhooks of a new app; return its number. */
async function app() {
  const appId = number();
  const throttling = { maxConcurrentRequests: 5 };
  await settingsApi.configure(appId, { targetUrl: "https://hooks.example/in", throttling });
  return appId;
}

/** Subscribe a new app to something; return the numbers of that and of the app. */
async function subscribed() {
  const appId = await app();
  const body = { eventType: "contact.creation", active: true };
  return [Number((await subscriptionsApi.create(appId, body)).id), appId];
}

const WEBHOOKS = {
  "settingsApi.configure": async () => assert.ok(await app()),
  "settingsApi.getAll": async () => {
    const settings = await settingsApi.getAll(await app());
    assert.equal(settings.throttling.maxConcurrentRequests, 5);
  },
  "settingsApi.clear": async () => {
    const appId = await app();
    await settingsApi.clear(appId);
    await refused(404, () => settingsApi.getAll(appId));
  },
  "subscriptionsApi.create": async () => assert.ok((await subscribed())[0]),
  "subscriptionsApi.getAll": async () => {
    const [id, appId] = await subscribed();
    const { results } = await subscriptionsApi.getAll(appId);
    assert.deepEqual(
      results.map((one) => Number(one.id)),
      [id],
    );
  },
  "subscriptionsApi.getById": async () => {
    const found = await subscriptionsApi.getById(...(await subscribed()));
    assert.equal(found.eventType, "contact.creation");
  },
  "subscriptionsApi.update": async () => {
    const changed = await subscriptionsApi.update(...(await subscribed()), { active: false });
    assert.equal(changed.active, false);
  },
  "subscriptionsApi.updateBatch": async () => {
    const [id, appId] = await subscribed();
    const answer = await subscriptionsApi.updateBatch(appId, { inputs: [{ id, active: false }] });
    assert.equal(answer.results[0].active, false);
  },
  "subscriptionsApi.archive": async () => {
    const [id, appId] = await subscribed();
    await subscriptionsApi.archive(id, appId);
    await refused(404, () => subscriptionsApi.getById(id, appId));
  },
};

/** Mint a token. */
async function generateToken() {
  const api = hubspot.conversations.visitorIdentification.generateApi;
  const visitor = { email: "ada@example.com", firstName: "Ada", lastName: "Lovelace" };
  assert.equal((await api.generateToken(visitor)).token.split(".").length, 3);
}

const CALLS = { ...RECORDS };
for (const [room, calls] of [
  ["crm.associations", ASSOCIATIONS],
  ["crm.properties", PROPERTIES],
  ["crm", DIRECTORY],
  ["webhooks", WEBHOOKS],
]) {
  for (const [name, call] of Object.entries(calls)) CALLS[`${room}.${name}`] = call;
}
CALLS["conversations.visitorIdentification.generateApi.generateToken"] = generateToken;

const objects = ["basicApi", "batchApi", "searchApi"].map((api) => `crm.objects.${api}.`);
const all = [
  ...ROOMS.flatMap((room) => [...offered(room)]),
  ...[...offered("crm.objects")].filter((name) => objects.some((api) => name.startsWith(api))),
];
assert.deepEqual([...Object.keys(CALLS), ...LEFT_OUT].sort(), all.sort());

const failures = [];
for (const [name, call] of Object.entries(CALLS)) {
  try {
    await call();
  } catch (error) {
    failures.push(`${name}: ${error.stack}`);
  }
}
assert.equal(failures.length, 0, failures.join("\n\n"));
console.log(`${Object.keys(CALLS).length} calls`);
