import type { Person } from "./token-claims.ts";

/** A person to log in as on one machine, as a button of the login page shows it. */
type Choice = { readonly name: string; readonly note: string; readonly person: Person };

/** The people of the buttons. Their names are those of the tokens that `npm start` prints. */
export const choices: Readonly<Record<string, Choice>> = {
  admin: { name: "Administrator", note: "every permission", person: { sub: "local-admin", roles: ["licensing-admin"] } },
  operator: { name: "Operator", note: "issues, changes and ends licenses", person: { sub: "local-operator", roles: ["licensing-operator"] } },
  support: { name: "Support", note: "reads, suspends, reinstates and frees seats", person: { sub: "local-support", roles: ["licensing-support"] } },
  auditor: { name: "Auditor", note: "reads, and changes nothing", person: { sub: "local-auditor", roles: ["licensing-auditor"] } },
  holder: { name: "A holder", note: "ada: no role, own licenses only", person: { sub: "ada", roles: [] } },
  organization: { name: "An organization's holder", note: "grace of acme: acme's licenses too", person: { sub: "grace", roles: [], org: "acme" } },
};

/** The roles that a person of any name may have. */
export const roles = ["licensing-admin", "licensing-operator", "licensing-support", "licensing-auditor"] as const;

const textMax = 256;
/** The person whose last login is oldest is forgotten beyond this number. */
const peopleMax = 1_000;

/** The person that a submitted form names: a button's, or one of any name. Undefined: the form names none. */
export function personOf(form: URLSearchParams): Person | undefined {
  const chosen = form.get("choice") ?? "";
  if (Object.hasOwn(choices, chosen)) return choices[chosen]?.person;
  const [sub, org, role] = ["sub", "org", "role"].map((field) => (form.get(field) ?? "").trim());
  if (sub === undefined || sub === "" || [sub, org, role].some((text) => text !== undefined && text.length > textMax)) return undefined;
  const own = roles.filter((name) => name === role);
  return { sub, roles: own, ...(org === undefined || org === "" ? {} : { org }) };
}

/** The people who logged in, by name. The roles and organization of a name are those of its last login. */
export type People = { readonly remember: (person: Person) => void; readonly named: (sub: string) => Person };

export function createPeople(): People {
  const people = new Map<string, Person>();
  return {
    remember: (person) => {
      people.delete(person.sub);
      people.set(person.sub, person);
      const [oldest = ""] = people.keys();
      if (people.size > peopleMax) people.delete(oldest);
    },
    named: (sub) => people.get(sub) ?? { sub, roles: [] },
  };
}
