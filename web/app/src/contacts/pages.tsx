/** The pages about contacts, which are fetched together when first needed. */
import { ContactPage } from "./contact-page.tsx";
import { ContactsPage } from "./contacts-page.tsx";

/** Show the list, or the contact called *id*. */
export function ContactPages({ id }: { id: string | null }) {
  return id === null ? <ContactsPage /> : <ContactPage key={id} id={id} />;
}
