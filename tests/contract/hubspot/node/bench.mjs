// What the scripts beside this have alike: HubSpot's own Node client, pointed at the desk.
import assert from "node:assert/strict";

import { Client } from "@hubspot/api-client";

const [basePath, key] = process.argv.slice(2);

/** Return a client; *more* are settings of its own. */
export function client(more = {}) {
  return new Client({ accessToken: key, developerApiKey: key, basePath, ...more });
}

export const hubspot = client();

/** What each kind of record cannot be without. */
export const NAMING = { contacts: "email", companies: "name", deals: "dealname" };

let numbers = 0;

/** Return a number that was not used before. */
export function number() {
  numbers += 1;
  return numbers;
}

/** Return what a record of *kind* needs, unlike that of any other. */
export function properties(kind) {
  const value = `n${number()}`;
  return { [NAMING[kind]]: kind === "contacts" ? `${value}@example.com` : value };
}

/** Make a record; return its id. */
export async function make(kind) {
  const body = { properties: properties(kind), associations: [] };
  return (await hubspot.crm[kind].basicApi.create(body)).id;
}

/** Call *attempt*, which must be refused with *status*; return the error. */
export async function refused(status, attempt) {
  try {
    await attempt();
  } catch (error) {
    assert.equal(error.code, status);
    return error;
  }
  return assert.fail("this was to be refused");
}

/** Yield the name of every call that the client has under *name*, such as `crm.contacts`. */
export function* offered(name, room = name.split(".").reduce((at, part) => at[part], hubspot)) {
  const members = new Set([
    ...Object.keys(room),
    ...Object.getOwnPropertyNames(Object.getPrototypeOf(room)),
  ]);
  for (const member of members) {
    if (/^(_|constructor$|config)/.test(member)) continue;
    const value = room[member];
    if (value === null || typeof value !== "object") continue;
    if (!member.endsWith("Api")) {
      yield* offered(`${name}.${member}`, value);
      continue;
    }
    for (const call of Object.getOwnPropertyNames(Object.getPrototypeOf(value))) {
      if (call !== "constructor" && !call.endsWith("WithHttpInfo")) {
        yield `${name}.${member}.${call}`;
      }
    }
  }
}
