import { sql, type Placeholder, type SQL } from "drizzle-orm";
import { timestamp } from "../platform/timestamp.ts";

/** Reads a license's meters. In a file of its own, because a validation without use needs no statement that counts. */

type Asked = {
  /** A FROM item with the columns `meter` and `amount`; it may name the license, alias `l`. */
  readonly uses: SQL;
  readonly now: Date | Placeholder;
  /** The instant that counts as the start of a license that hasn't started: it starts now. Absent: it has no period. */
  readonly startsNow?: boolean;
};

/** The FROM items that give each use its meter's terms (`t`), period (`p`) and row (`u`, null: unused), beside the license `l`. */
export function metersOf({ uses, now, startsNow = false }: Asked): SQL {
  const start = startsNow ? sql`coalesce(l.starts_at, ${timestamp(now)})` : sql`l.starts_at`;
  return sql`${uses}
    cross join lateral (select l.meters -> w.meter as terms) t
    left join lateral licensing.usage_period(${start}, t.terms->>'period', ${timestamp(now)}) p on t.terms is not null
    left join licensing."Usage" u on u.license_id = l.id and u.meter = w.meter and u.period_start = p.starts and u.period_end = p.ends`;
}

/** The row of a meter as JSON: see MeterRow. `used` is the count to show. */
export function meterJson(used: SQL): SQL {
  return sql`jsonb_build_object('meter', w.meter, 'is_known', t.terms is not null, 'limit', t.terms->'limit', 'overage', t.terms->'overage',
      'used', ${used}, 'used_before', coalesce(u.used_before, 0), 'starts', p.starts, 'ends', p.ends, 'is_reported', u.refused_at is not null, 'is_warned', u.warned_at is not null)`;
}

/** SQL of an array of all meters of the license `l`, in the order of their codes. See MeterRow. */
export function everyMeter(now: Date): SQL {
  return metersExpression({ uses: sql`(select code as meter, 0 as amount from jsonb_object_keys(l.meters) as code) w`, now });
}

/** SQL of an array of the named meters of the license `l`; `named` is a JSON array of their codes. See MeterRow. */
export function namedMeters(named: Placeholder, now: Placeholder): SQL {
  return metersExpression({ uses: sql`(select code as meter, 0 as amount from jsonb_array_elements_text(${named}::jsonb) as code(code)) w`, now, startsNow: true });
}

function metersExpression(asked: Asked): SQL {
  return sql`coalesce((select jsonb_agg(${meterJson(sql`coalesce(u.used, 0)`)} order by w.meter collate "C") from ${metersOf(asked)}), '[]')`;
}
