/** The page for addresses that lead nowhere. */
import { address } from "../router.ts";
import { Empty } from "../ui/states.tsx";
import { Page } from "./page.tsx";

/** Say so, and offer the way back. */
export function NotFound() {
  return (
    <Page title="Not found">
      <main class="content">
        <Empty title="There is no page here" text="The link may be old, or a letter went missing on the way.">
          <a class="button" href={address("inbox")}>
            Go to the inbox
          </a>
        </Empty>
      </main>
    </Page>
  );
}
