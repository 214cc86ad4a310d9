import { render } from "@testing-library/preact";
import { expect, test } from "vitest";

import { Breakable } from "./breakable.tsx";

test("a long name breaks behind its marks, and reads as it is written", () => {
  const { container } = render(<Breakable text="/crm/v3/{id}" after="/" />);
  expect(container.innerHTML).toBe("/<wbr>crm/<wbr>v3/<wbr>{id}");
  expect(container.textContent).toBe("/crm/v3/{id}");
});
