/** Webhooks: their shapes, and the calls to the server. A secret comes once and is not kept here. */
import type { components } from "@callingcard/kit/schema.d.ts";

import { call } from "../session/session.ts";

type Schemas = components["schemas"];

/** Somebody who is told what happens, and how that goes. */
export type Webhook = Schemas["WebhookOut"];

/** One event on its way. */
export type Delivery = Schemas["DeliveryOut"];

/** A webhook with its new secret. */
export type MadeWebhook = Schemas["MadeWebhook"];

/** What of a webhook is to be changed; what is absent stays. */
export interface WebhookChanges {
  url?: string;
  events?: string[];
  signature?: Webhook["signature"];
  enabled?: boolean;
}

/** Where every webhook is listed. */
export const WEBHOOKS = "/v1/webhooks";

/** The address of one webhook in the API. */
export function webhookPath(id: string): string {
  return `${WEBHOOKS}/${encodeURIComponent(id)}`;
}

/** The address of its deliveries. */
export function deliveriesPath(id: string): string {
  return `${webhookPath(id)}/deliveries`;
}

/** Read every webhook. */
export async function readWebhooks(path: string, signal: AbortSignal): Promise<Webhook[]> {
  return (await call<{ results: Webhook[] }>(path, { signal })).results;
}

/** Read one webhook. */
export function readWebhook(path: string, signal: AbortSignal): Promise<Webhook> {
  return call<Webhook>(path, { signal });
}

/** Add a webhook. */
export function addWebhook(url: string, events: readonly string[]): Promise<MadeWebhook> {
  return call<MadeWebhook>(WEBHOOKS, { method: "POST", body: { url, events } });
}

/** Change a webhook. */
export function changeWebhook(id: string, changes: WebhookChanges): Promise<Webhook> {
  return call<Webhook>(webhookPath(id), { method: "PATCH", body: changes });
}

/** Give a webhook another secret. */
export function renewSecret(id: string): Promise<MadeWebhook> {
  return call<MadeWebhook>(`${webhookPath(id)}/secret`, { method: "POST" });
}

/** Remove a webhook with what is on its way to it. */
export function dropWebhook(id: string): Promise<void> {
  return call(webhookPath(id), { method: "DELETE" });
}

/** Read the newest deliveries. */
export async function readDeliveries(path: string, signal: AbortSignal): Promise<Delivery[]> {
  return (await call<{ results: Delivery[] }>(path, { signal })).results;
}

/** Send a delivery again. */
export function redeliver(id: string, delivery: string): Promise<Delivery> {
  return call<Delivery>(`${deliveriesPath(id)}/${encodeURIComponent(delivery)}/redeliver`, { method: "POST" });
}
