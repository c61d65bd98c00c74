import { countOf, formatCount } from '../../count.ts'
import { ofMigration, type Rule } from '../finding.ts'
import { tryManyRows } from '../many-rows.ts'
import { beginningOf } from './fails-on-many-rows.ts'

export const quadraticTime: Rule = {
  code: 'quadratic-time',
  severity: 'warning',
  reason:
    'The statement reads a table again for each row: ten times the rows take a hundred times as long, with the database locked.',
  fix: 'Write the statement so that it reads each table once: with a join, GROUP BY or a window function.',
  source: 'https://www.sqlite.org/queryplanner.html',
  isOfEachMigration: true,
  find: (subject) =>
    tryManyRows(subject).flatMap(({ trial: { migration }, quadratic }) =>
      quadratic.map(({ sql, table, plan, counts: [few, many], index }) => ({
        ...ofMigration(migration.version, table, table),
        ...(index === null ? {} : { fix: `Create an index before the statement: ${index.sql}.` }),
        evidence: [
          { ran: `the plan of ${beginningOf(sql)}`, happened: plan },
          {
            ran: `the rows that it visits, with ${formatCount(few.rows)} and with ${formatCount(many.rows)} rows in a table`,
            happened: `${countOf(few.visits, 'row')}, and ${countOf(many.visits, 'row')}`,
          },
          ...(index === null
            ? []
            : [
                {
                  ran: `the same after ${index.sql}`,
                  happened: `${index.plan}; ${countOf(index.visits, 'row')}`,
                },
              ]),
        ] as const,
      })),
    ),
}
