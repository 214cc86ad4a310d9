/** The companies and deals of a contact. */
import { useLoad } from "../../ui/load.ts";
import { readRelated } from "../calls.ts";
import { contactPath } from "../store.ts";

/** Show what the contact *id* belongs to; nothing when that is nothing. */
export function RelatedSheet({ id }: { id: string }) {
  const { value, problem, retry } = useLoad(`${contactPath(id)}/related`, readRelated);
  if (problem) {
    return (
      <p class="form-error" role="alert">
        Companies and deals could not be read. {problem.message}{" "}
        <button type="button" class="text-button" onClick={retry}>
          Try again
        </button>
      </p>
    );
  }
  if (!value) return null;
  return (
    <>
      {value.companies.length > 0 && (
        <section>
          <h3 class="section-title">Companies</h3>
          <ul class="related">
            {value.companies.map((one) => (
              <li key={one.id}>
                <span dir="auto">{one.name || one.domain || `Company ${one.id}`}</span>
                <span class="text-muted">{[one.name && one.domain, one.primary && "Primary"].filter(Boolean).join(" · ")}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {value.deals.length > 0 && (
        <section>
          <h3 class="section-title">Deals</h3>
          <ul class="related">
            {value.deals.map((one) => (
              <li key={one.id} data-open={one.open}>
                <span dir="auto">{one.name || `Deal ${one.id}`}</span>
                <span class="text-muted">{[amount(one.amount), one.stage].filter(Boolean).join(" · ")}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

/** An amount as the reader writes numbers; the API knows of no currency. */
function amount(text: string): string {
  const number = Number(text);
  return text === "" || Number.isNaN(number) ? text : number.toLocaleString();
}
