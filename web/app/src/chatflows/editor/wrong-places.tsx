/** What was refused about a chatflow, each with a way to its place. */
import { sentences } from "../../sites/words.ts";
import { goTo, placeWords } from "./places.ts";

/** A list of reasons by their paths. */
export function WrongPlaces({ wrong, look = "" }: { wrong: readonly (readonly [string, string])[]; look?: string }) {
  return (
    <ul class={look}>
      {wrong.map(([path, reason]) => (
        <li key={path}>
          <button
            type="button"
            class="text-button"
            onClick={() => {
              goTo(path);
            }}
          >
            {placeWords(path)}
          </button>{" "}
          {sentences(reason)}
        </li>
      ))}
    </ul>
  );
}
