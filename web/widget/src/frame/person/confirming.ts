/**
 * Proving an address: a code is sent to it, and the visitor brings it back.
 *
 * Invariant: the code is held only while it is typed, and goes nowhere but to the desk.
 */

import { signal } from "@preact/signals";
import type { Answer, Desk, Session } from "../protocol.ts";
import { WORDS } from "../words.ts";

/** What the form is connected to. */
export interface ConfirmingPorts {
  bearer(): string | null;
  /** Make a call that may replace the session. */
  held<T>(call: () => Promise<T>): Promise<T>;
  raised(session: Session, email: string): void;
}

const DIGITS = 6;

/** The state of the form. */
export class Confirming {
  /** `address`: where is it to be sent? `code`: it was sent, what is it? */
  readonly stage = signal<"address" | "code">("address");
  readonly email = signal("");
  readonly code = signal("");
  readonly problem = signal("");
  readonly busy = signal(false);
  readonly #desk: Desk;
  readonly #ports: ConfirmingPorts;

  constructor(desk: Desk, ports: ConfirmingPorts) {
    this.#desk = desk;
    this.#ports = ports;
  }

  /** Have a code sent; again when it was sent before. */
  async send(): Promise<void> {
    const email = this.email.value.trim();
    if (!/^[^\s@]+@[^\s@]+$/.test(email)) {
      this.problem.value = WORDS.noAddress;
      return;
    }
    const answer = await this.#ask((bearer) => this.#desk.sendCode(bearer, email));
    if (!answer?.ok) return;
    this.code.value = "";
    this.stage.value = "code";
  }

  /** Bring the code back; true when the visitor is known now. */
  async verify(): Promise<boolean> {
    const code = this.code.value.replaceAll(/\s/g, "");
    if (!/^\d+$/.test(code) || code.length !== DIGITS) {
      this.problem.value = WORDS.sixDigits;
      return false;
    }
    const answer = await this.#ports.held(() => this.#ask((bearer) => this.#desk.verifyCode(bearer, code)));
    if (!answer?.ok) return false;
    const email = this.email.value.trim();
    this.forget();
    this.#ports.raised(answer.value, email);
    return true;
  }

  /** Give the address again: it was not the right one. */
  back(): void {
    this.stage.value = "address";
    this.problem.value = this.code.value = "";
  }

  /** Nothing that was typed stays. */
  forget(): void {
    this.back();
    this.email.value = "";
    this.busy.value = false;
  }

  async #ask<T>(call: (bearer: string) => Promise<Answer<T>>): Promise<Answer<T> | null> {
    const bearer = this.#ports.bearer();
    if (bearer === null || this.busy.value) return null;
    this.busy.value = true;
    this.problem.value = "";
    const answer = await call(bearer);
    this.busy.value = false;
    if (bearer !== this.#ports.bearer()) return null;
    if (!answer.ok) this.problem.value = reasonOf(answer);
    return answer;
  }
}

function reasonOf({ status, retryMs }: { readonly status: number; readonly retryMs: number }): string {
  if (status === 0 || status === 401 || status >= 500) return WORDS.unreachable;
  if (status === 429) return WORDS.tooMany(Math.max(1, Math.ceil(retryMs / 60_000)));
  if (status === 422) return WORDS.noAddress;
  return status === 403 ? WORDS.wrongCode : WORDS.noCodes;
}
