/**
 * Who is asking: the bearer of ADMIN_TOKEN or a signed-in cookie. A session is a random id of which the database keeps
 * a keyed hash only; it ends by idleness, by age, by signing out, and when the token changes.
 */
import type { Operator } from './views.ts';

/** What `cookies()` of next/headers answers, as far as it is needed here. */
export interface CookieJar {
  get(name: string): { readonly value: string } | undefined;
}

/** The operator whose session the cookies name, for pages; null when nobody is signed in. */
export declare function readOperator(jar: CookieJar): Promise<Operator | null>;
