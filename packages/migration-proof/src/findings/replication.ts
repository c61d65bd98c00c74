import type { Replication } from '../proof/replication.ts'
import { type Token, tokenize, unquote } from '../sql/tokens.ts'

/** What the documentation of one says. */
export interface ReplicationFacts {
  /**
   * Whether each node runs the statements itself, so that they must do the same everywhere. Of the others, nodes receive pages, or
   * the rows that changed.
   */
  readonly runsStatements: boolean
  /** Whether its own program runs SQLite, in which no function of the application is defined. */
  readonly isServer: boolean
  readonly refuses: readonly Refusal[]
}

/** Statements that it does not take. */
export interface Refusal {
  /** Matches their normalised text. */
  readonly pattern: RegExp
  /** What they are called in a report. */
  readonly what: string
  readonly because: string
  readonly source: string
}

const journalMode = /^pragma (?:\w+ ?\. ?)?journal_mode ?[=(]/
const transaction = /^(?:begin|commit|end|rollback)\b(?! ?to\b)/

/** From their documentation, source and issues: none of them runs here. */
export const replicationFacts: Readonly<Record<Replication, ReplicationFacts>> = {
  rqlite: {
    isServer: true,
    runsStatements: true,
    refuses: [
      {
        pattern: transaction,
        what: 'BEGIN, COMMIT or ROLLBACK',
        because:
          'it does not support them as statements: a request is one transaction with the parameter `transaction`',
        source: 'https://rqlite.io/docs/faq/#does-rqlite-support-transactions',
      },
      {
        pattern: journalMode,
        what: 'PRAGMA journal_mode',
        because: 'what it does is undefined once the journal mode is another',
        source: 'https://rqlite.io/docs/guides/direct-access/',
      },
    ],
  },
  dqlite: {
    isServer: true,
    runsStatements: false,
    refuses: [
      {
        pattern: /^attach\b/,
        what: 'ATTACH',
        because: 'it allows no attached database',
        source: 'https://github.com/canonical/dqlite/issues/419',
      },
      {
        pattern: /^vacuum\b/,
        what: 'VACUUM',
        because:
          'it attaches a database, which dqlite refuses, unless a release has what its pull request 734 proposes',
        source: 'https://github.com/canonical/dqlite/pull/734',
      },
    ],
  },
  litefs: {
    isServer: false,
    runsStatements: false,
    refuses: [
      {
        pattern: /^pragma (?:\w+ ?\. ?)?journal_mode ?[=(] ?'?wal\b/,
        what: 'PRAGMA journal_mode = WAL',
        because: 'migrations failed on an empty file after it',
        source: 'https://github.com/superfly/litefs/issues/425',
      },
    ],
  },
  'turso-sync': {
    isServer: false,
    runsStatements: false,
    refuses: [
      {
        pattern: /^pragma (?:\w+ ?\. ?)?(?:user_version|application_id) ?[=(]/,
        what: 'PRAGMA user_version or application_id',
        because: 'both are read-only in Turso Cloud',
        source: 'https://docs.turso.tech/cloud/limitations',
      },
      {
        pattern: journalMode,
        what: 'PRAGMA journal_mode',
        because: 'Turso Cloud does not support it',
        source: 'https://docs.turso.tech/cloud/limitations',
      },
    ],
  },
}

/** Functions of date and time, in whose calls rqlite replaces 'now'. */
const timeFunctions = ['date', 'time', 'datetime', 'julianday', 'unixepoch', 'strftime', 'timediff']

/** What a value that is written in place of a call is here: which one makes no difference. */
const instead = { random: '4611686018427387904', now: "'2023-11-14 22:13:20'", byte: '5a' }

/**
 * A statement as rqlite sends it to the nodes: with values in place of `random()`, `randomblob(N)` and the 'now' of functions of
 * date and time. An ORDER BY keeps its random(). A definition is left as it is.
 * See https://rqlite.io/docs/api/non-deterministic/
 */
export function rewriteAsRqlite(sql: string): string {
  const tokens = tokenize(sql)
  const code = tokens.filter(({ kind }) => kind !== 'space' && kind !== 'comment')
  if (!/^(?:insert|update|delete|replace|with)$/i.test(code[0]?.text ?? '')) return sql
  const texts = new Map<Token, string>()
  const calls: string[] = []
  let ordered: number | null = null
  for (const [index, token] of code.entries()) {
    const [word, next, argument, closing] = code.slice(index, index + 4).map(({ text }) => text.toLowerCase())
    if (word === '(') calls.push(code[index - 1]?.text.toLowerCase() ?? '')
    if (word === ')') calls.pop()
    if (word === 'order' && next === 'by') ordered = calls.length
    if (ordered !== null && (calls.length < ordered || word === 'limit')) ordered = null
    const replace = (text: string, length: number) => {
      for (const one of code.slice(index, index + length)) texts.set(one, '')
      texts.set(token, text)
    }
    if (ordered === null && word === 'random' && next === '(' && argument === ')') replace(instead.random, 3)
    if (
      ordered === null &&
      word === 'randomblob' &&
      next === '(' &&
      /^\d+$/.test(argument ?? '') &&
      closing === ')'
    )
      replace(`x'${instead.byte.repeat(Math.max(1, Number(argument)))}'`, 4)
    if (timeFunctions.includes(calls.at(-1) ?? '') && unquote(token).toLowerCase() === 'now')
      replace(instead.now, 1)
  }
  return tokens.map((token) => texts.get(token) ?? token.text).join('')
}
