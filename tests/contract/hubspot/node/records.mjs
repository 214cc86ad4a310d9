// Every call of the Node client on contacts, companies and deals.
import assert from "node:assert/strict";

import { hubspot, make, NAMING, properties, refused } from "./bench.mjs";

/** Return the calls that every kind of record has; *path* is what each begins with. */
function onRecords(room, kind, path = []) {
  const { basicApi, batchApi, searchApi } = room;
  const naming = NAMING[kind];
  const create = () => basicApi.create(...path, { properties: properties(kind), associations: [] });
  return {
    "basicApi.create": async () => assert.ok((await create()).properties[naming]),
    "basicApi.getById": async () => {
      const made = await create();
      const value = properties(kind);
      await basicApi.update(...path, made.id, { properties: value });
      const read = await basicApi.getById(...path, made.id, undefined, [naming]);
      const versions = read.propertiesWithHistory[naming].map((version) => version.value);
      assert.deepEqual(versions, [value[naming], made.properties[naming]]);
    },
    "basicApi.getPage": async () => {
      await create();
      await create();
      const first = await basicApi.getPage(...path, 1);
      const second = await basicApi.getPage(...path, 1, first.paging.next.after);
      assert.notEqual(first.results[0].id, second.results[0].id);
    },
    "basicApi.update": async () => {
      const value = properties(kind);
      const changed = await basicApi.update(...path, (await create()).id, { properties: value });
      assert.equal(changed.properties[naming], value[naming]);
    },
    "basicApi.archive": async () => {
      const { id } = await create();
      await basicApi.archive(...path, id);
      await refused(404, () => basicApi.getById(...path, id));
    },
    "batchApi.create": async () => {
      const inputs = [1, 2].map(() => ({ properties: properties(kind), associations: [] }));
      const answer = await batchApi.create(...path, { inputs });
      assert.equal(answer.results.length, 2);
    },
    "batchApi.read": async () => {
      const inputs = [{ id: (await create()).id }, { id: "999" }];
      const asked = { inputs, properties: [naming], propertiesWithHistory: [naming] };
      const answer = await batchApi.read(...path, asked);
      assert.equal(answer.results[0].propertiesWithHistory[naming].length, 1);
      assert.deepEqual(answer.errors[0].context, { ids: ["999"] });
    },
    "batchApi.update": async () => {
      const inputs = [
        { id: (await create()).id, properties: properties(kind) },
        { id: "999", properties: properties(kind) },
      ];
      const answer = await batchApi.update(...path, { inputs });
      assert.deepEqual([answer.results.length, answer.numErrors], [1, 1]);
    },
    "batchApi.upsert": async () => {
      const inputs = [{ id: (await create()).id, properties: properties(kind) }];
      const answer = await batchApi.upsert(...path, { inputs });
      assert.equal(answer.results[0]._new, false);
    },
    "batchApi.archive": async () => {
      const { id } = await create();
      await batchApi.archive(...path, { inputs: [{ id }] });
      await refused(404, () => basicApi.getById(...path, id));
    },
    "searchApi.doSearch": async () => {
      const made = await create();
      const filter = { propertyName: naming, operator: "EQ", value: made.properties[naming] };
      const found = await searchApi.doSearch(...path, {
        filterGroups: [{ filters: [filter] }],
        sorts: [],
        properties: [naming],
        limit: 5,
        after: "0",
      });
      assert.deepEqual([found.total, found.results[0].id], [1, made.id]);
    },
  };
}

/** Let one record of *kind* take over another. */
async function merge(kind) {
  const [primaryObjectId, objectIdToMerge] = [await make(kind), await make(kind)];
  const { basicApi } = hubspot.crm[kind];
  assert.equal((await basicApi.merge({ primaryObjectId, objectIdToMerge })).id, primaryObjectId);
}

/** Forget one contact by its id, and one by its address. */
async function purge() {
  const { basicApi } = hubspot.crm.contacts;
  const first = await make("contacts");
  await basicApi.purge({ objectId: first });
  await refused(404, () => basicApi.getById(first));
  const { id, properties: known } = await basicApi.create({
    properties: properties("contacts"),
    associations: [],
  });
  await basicApi.purge({ objectId: known.email, idProperty: "email" });
  await refused(404, () => basicApi.getById(id));
}

/** Return *calls* with *room* before their names. */
const under = (room, calls) =>
  Object.fromEntries(Object.entries(calls).map(([name, call]) => [`${room}.${name}`, call]));

export const RECORDS = {
  ...under("crm.objects", onRecords(hubspot.crm.objects, "companies", ["0-2"])),
  ...Object.assign(
    {},
    ...Object.keys(NAMING).map((kind) => ({
      ...under(`crm.${kind}`, onRecords(hubspot.crm[kind], kind)),
      [`crm.${kind}.basicApi.merge`]: () => merge(kind),
    })),
  ),
  "crm.contacts.basicApi.purge": purge,
};
