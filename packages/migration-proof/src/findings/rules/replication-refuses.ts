import type { Migration } from '../../migrator/migration.ts'
import { foldName } from '../../sql/names.ts'
import { normaliseSql } from '../../sql/normalise.ts'
import { significantTokens } from '../../sql/tokens.ts'
import { ofMigration, type Rule, type Sighting, withoutRepeats } from '../finding.ts'
import { replicationFacts } from '../replication.ts'

export const replicationRefuses: Rule = {
  code: 'replication-refuses',
  severity: 'error',
  reason: 'What replicates the database does not take the statement, or does not support what it does.',
  fix: 'Take it out of the migration, or replicate in another way.',
  source: 'https://rqlite.io/docs/faq/',
  isOfEachMigration: true,
  find: (subject) => {
    const { replication } = subject.suite
    if (replication === null) return []
    const { refuses, isServer } = replicationFacts[replication]
    const functions = isServer ? Object.keys(subject.suite.connection.functions ?? {}) : []
    return withoutRepeats(
      subject.trials.flatMap(({ migration, statements }) =>
        statements.flatMap((sql) => [
          ...refuses
            .filter(({ pattern }) => pattern.test(normaliseSql(sql)))
            .map(({ what, because, source }) =>
              refusal(migration, what, `${replication}: ${because} (${source})`),
            ),
          ...calledIn(sql, functions).map((name) =>
            refusal(
              migration,
              `${name}()`,
              `the nodes of ${replication} have no function of the application, unless an extension of theirs defines it`,
            ),
          ),
        ]),
      ),
    )
  },
}

function refusal({ version }: Migration, what: string, happened: string): Sighting {
  return {
    ...ofMigration(version, what),
    evidence: [
      { ran: 'nothing: it was found in the text of the statement, and in what is published', happened },
    ],
  }
}

function calledIn(sql: string, functions: readonly string[]): string[] {
  const tokens = significantTokens(sql)
  return functions.filter((name) =>
    tokens.some(({ text }, index) => foldName(text) === foldName(name) && tokens[index + 1]?.text === '('),
  )
}
