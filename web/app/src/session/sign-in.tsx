/** The sign-in page: an address, a password, and errors in words. */
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";
import type { TargetedSubmitEvent } from "preact";
import { useEffect, useRef } from "preact/hooks";

import { problemFrom } from "../ui/states.tsx";
import { restoreProblem, signIn } from "./session.ts";

/** Ask who the reader is. */
export function SignIn() {
  const problem = useSignal<Problem | null>(restoreProblem.value);
  const busy = useSignal(false);
  const email = useRef<HTMLInputElement>(null);
  useEffect(() => {
    document.title = "Sign in · Callingcard";
    email.current?.focus();
  }, []);

  async function submit(event: TargetedSubmitEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    busy.value = true;
    problem.value = null;
    try {
      await signIn({ email: word(form, "email").trim(), password: word(form, "password") });
    } catch (error) {
      problem.value = problemFrom(error);
    } finally {
      busy.value = false;
    }
  }

  return (
    <main class="sign-in">
      <div class="sign-in-card">
        <h1 class="wordmark">Callingcard</h1>
        <p class="text-muted">Sign in to answer your visitors.</p>
        <form class="form" onSubmit={(event) => void submit(event)}>
          <label class="field">
            <span>E-mail</span>
            <input ref={email} class="input" name="email" type="email" autocomplete="username" required />
          </label>
          <label class="field">
            <span>Password</span>
            <input class="input" name="password" type="password" autocomplete="current-password" required />
          </label>
          {problem.value && <SignInError problem={problem.value} />}
          <button type="submit" class="button button-primary" disabled={busy.value}>
            {busy.value ? "Signing in" : "Sign in"}
          </button>
        </form>
      </div>
    </main>
  );
}

function SignInError({ problem }: { problem: Problem }) {
  const wait = problem.retryAfterMs === null ? "" : ` Wait ${Math.ceil(problem.retryAfterMs / 1000)} seconds.`;
  return (
    <p class="form-error" role="alert">
      {problem.message} {problem.hint}
      {wait}
    </p>
  );
}

function word(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value : "";
}
