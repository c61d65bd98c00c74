import { z } from 'zod'
import { count, history, milliseconds, outcome, problems, record, run, version } from './model/history.ts'

const journalMode = z.string().describe('`wal` or `delete`')

const part = record({
  kind: z.enum(['power-loss', 'second-power-loss', 'disk-faults']),
  path: z
    .string()
    .describe('the snapshot that was upgraded, such as `v2`, or `v2..3` to version 3 alone; or `fresh`'),
  journalMode,
  transaction: z.literal('all').optional().describe('set where all migrations were in one transaction'),
  seed: count,
  effort: z.string(),
  unitBytes: count.optional(),
  points: count,
  images: count,
  faults: count,
  refused: count.describe('after how many faults the upgrade reported an error'),
  reruns: count,
  bad: count,
  durationMilliseconds: milliseconds,
})

const operation = record({
  kind: z.enum(['create', 'write', 'truncate', 'sync', 'unlink', 'sync-directory', 'acknowledge']),
  file: z.string().nullable(),
  bytes: count.nullable().describe('how many were written'),
  text: z.string().describe('the operation in words'),
})

const crashPoint = record({
  afterOperation: count.describe('how many operations were done when the power failed'),
  images: count.describe('how many disks it may have left'),
  versions: z.array(record({ version, images: count })),
  bad: count,
})

const timeline = record({
  path: z.string(),
  journalMode,
  seed: count,
  unitBytes: count,
  operations: z.array(operation),
  points: z.array(crashPoint).min(1),
}).describe('one upgrade as the disk saw it, and what a power failure after each operation leaves')

const crash = record({
  ...run,
  seed: count,
  images: count,
  bad: count,
  hash: z.string().describe('of all images: the same for the same seed'),
  points: count,
  faults: count,
  imagesPerSecond: z.number().min(0),
  imagesMilliseconds: milliseconds,
  totalMilliseconds: milliseconds,
  threads: count,
  problems: problems.describe('`seenIn` has what `crash --replay` takes'),
  kept: z.array(record({ id: z.string(), folder: z.string() })).describe('the images that were kept'),
  parts: z.array(part),
  timeline: timeline.nullable(),
}).describe('what is left when the power or the disk fails')

const checkResult = record({
  check: z.string(),
  outcome: z.enum(['passed', 'failed', 'not-applicable']),
  notCompared: z.string().nullable().describe('why there was nothing to compare, or what could not be'),
  exceptions: z
    .array(z.string())
    .describe('what was left out, since a migration declares that it changes it'),
  problems,
  durationMilliseconds: milliseconds,
})

const upgradeProof = record({
  snapshot: z.string(),
  from: version,
  to: version,
  outcome,
  checks: z.array(checkResult),
})

const rollback = record({
  version,
  outcome: z.enum(['possible', 'expand-first', 'breaks']),
  tried: count.describe('how many statements were run on the file of the version'),
  obstacles: z.array(
    record({
      program: z.enum(['older', 'newer']),
      statement: z.string(),
      reason: z.string(),
      isOnRowsOfOther: z.boolean().describe('it fails only on rows that the other program wrote'),
      outcome: z.enum(['expand-first', 'breaks']),
    }),
  ),
}).describe('whether the program of the version before can go on with a file of the version')

const upgrades = record({
  ...run,
  checks: z.array(
    record({
      name: z.string(),
      proves: z.string().describe('the end of the sentence "The upgraded database …"'),
    }),
  ),
  snapshots: z.array(upgradeProof),
  rollbacks: z.array(rollback).optional(),
}).describe('what the upgrade of every snapshot proved')

const operator = record({
  operator: z.string(),
  mutants: count,
  kills: z.record(z.string(), count.nullable()).describe('by check; null for a check that did not run'),
})

const check = record({
  check: z.string(),
  judged: count,
  kills: count,
  killedAlone: z.array(z.string()).describe('mutants that no other check killed'),
  milliseconds,
  keptBecause: z.string(),
})

const mutation = record({
  ...run,
  mutants: count,
  behaviourRate: z
    .number()
    .min(0)
    .max(1)
    .describe('what the behaviour check killed of what it can see, of one'),
  problems,
  operators: z.array(operator),
  checks: z.array(check),
  equivalents: z.array(record({ reason: z.string(), mutants: z.array(z.string()) })),
}).describe('which injected faults the checks killed')

const gate = record({
  ...run,
  base: z.string().nullable().describe('the branch, tag or commit that it was compared with'),
  baseConfig: z
    .enum(['loaded', 'none', 'failed'])
    .nullable()
    .describe('what became of the config of the base; without one, its ledger alone was read'),
  harnessVersion: z.string().describe('the version of migration-proof that judged both'),
  newWaivers: z
    .array(record({ code: z.string(), objects: z.array(z.string()), reason: z.string() }))
    .describe('what the change accepts and the base did not, each object by itself'),
  problems,
}).describe('what is wrong with the change itself; the other parts have the status of their problems')

const findings = record({
  ...run,
  engineVersion: z.string().describe('the SQLite that everything was tried on'),
  problems: problems.describe('the findings, those that a waiver accepts included, and unused waivers'),
  untriedTables: z
    .array(
      record({
        table: z.string(),
        problem: z.string().describe('what was not met, and values that were tried'),
      }),
    )
    .describe('tables without rows that accept none of the synthetic ones'),
}).describe('the weaknesses of the schema, each with what happened when it was tried')

const engines = record({
  source: z.string().describe('the page of which this was read; tests keep it true'),
  minimum: z.array(
    record({
      migration: z.string(),
      oldest: z.string().describe('the oldest SQLite on which it works'),
      limit: z.string().describe('what stops an older one'),
    }),
  ),
  tried: z.array(record({ sqlite: z.string(), origin: z.string() })),
}).describe('the engines that the migrations were run on')

const property = record({
  name: z.string(),
  seed: z.int(),
  runs: count,
  rows: count,
  outcome: run.outcome,
  repeat: z.string().describe('the command that tries the same again'),
  durationMilliseconds: milliseconds,
})

const fuzz = record({
  ...run,
  version,
  rows: count,
  properties: z.array(property),
  problems,
}).describe('random rows against an independent model')

const planStep = record({
  table: z.string(),
  access: z.enum(['search', 'scan']),
  index: z.string().nullable(),
  covering: z.boolean(),
  usesTransientIndex: z.boolean(),
  usesTempBTree: z.boolean(),
})

const contract = record({
  name: z.string(),
  table: z.string(),
  since: version,
  sql: z.string(),
  expected: z.string().describe('how SQLite must find the rows'),
  reason: z.string().nullable().describe('why a scan or a sort is accepted'),
  plan: z.array(planStep).describe('how SQLite finds them'),
})

const contracts = record({
  ...run,
  version,
  engineVersion: z.string(),
  contracts: z.array(contract),
  problems,
}).describe('the statements of the application, and the query plan of each')

/** All that one run found out. A part that was not run is null, and no output may take that for a success. */
export const resultsSchema = record({
  format: z.literal(2),
  suite: z.string(),
  packageVersion: z.string(),
  commit: z.string().nullable(),
  startedAt: z.iso.datetime(),
  durationMilliseconds: milliseconds,
  outcome: outcome.describe('`failed` as soon as one part failed'),
  upgrades: upgrades.nullable(),
  findings: findings.nullable(),
  mutation: mutation.nullable(),
  crash: crash.nullable(),
  contracts: contracts.nullable(),
  fuzz: fuzz.nullable(),
  gate: gate.nullable(),
  history: history.nullable(),
  engines: engines.nullable(),
})

/** The same type, of which nothing can be changed. */
type Fixed<Value> = Value extends readonly (infer Item)[]
  ? readonly Fixed<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: Fixed<Value[Key]> }
    : Value

/** All that one run found out. */
export type Results = Fixed<z.infer<typeof resultsSchema>>

type Part<Schema extends z.ZodType> = Fixed<z.infer<Schema>>

export type UpgradeResults = Part<typeof upgrades>
export type FindingResults = Part<typeof findings>
export type MutationResults = Part<typeof mutation>
export type CrashResults = Part<typeof crash>
export type CrashTimeline = Part<typeof timeline>
export type ContractResults = Part<typeof contracts>
export type FuzzResults = Part<typeof fuzz>
export type History = Part<typeof history>
export type HistoryVersion = History['versions'][number]
export type HistoryTable = HistoryVersion['tables'][number]
export type SchemaChange = HistoryVersion['differences'][number]
export type EngineResults = Part<typeof engines>

/** The shape of the file that the field `engineResults` of a config names. */
export const engineResultsSchema = engines
