/** A role of the test cluster. */
export interface Role {
  name: string;
  password: string;
}

/** Owns the test databases and runs the migrations. */
export const OWNER: Role = { name: "licensing_owner", password: "owner of a test" };

/** The service's own, made by the migrations. */
export const APPLICATION: Role = { name: "licensing_app", password: "application of a test" };

/** The role that may write the key ring; made by the migrations. */
export const KEYRING: Role = { name: "licensing_keyring", password: "key ring of a test" };

/** The migrated database that every test file's own is a copy of. */
export const TEMPLATE_DATABASE = "licensing_template";

/** The roles that may connect to a database endpoint. */
export const PASSWORDS: Readonly<Record<string, string>> = {
  [OWNER.name]: OWNER.password,
  [APPLICATION.name]: APPLICATION.password,
  [KEYRING.name]: KEYRING.password,
};
