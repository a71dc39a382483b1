/** The floor: the simplest function that sends the database one query. */
export async function handler() {
  const response = await fetch(process.env["BENCH_SQL_URL"] ?? "", {
    method: "POST",
    headers: { "content-type": "application/json", "neon-connection-string": process.env["BENCH_DATABASE_URL"] ?? "", "neon-raw-text-output": "true", "neon-array-mode": "true" },
    body: JSON.stringify({ query: "hello", params: ["1"] }),
  });
  const { rows } = (await response.json()) as { rows: readonly unknown[] };
  return { statusCode: 200, headers: { "content-type": "application/json" }, body: JSON.stringify({ valid: rows.length === 1 }) };
}
