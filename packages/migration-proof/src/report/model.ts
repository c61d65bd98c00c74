import { z } from 'zod'
import { count, milliseconds, outcome, place, problem, record, run, version } from './model/common.ts'
import { history } from './model/history.ts'

const journalMode = z.string().describe('`wal` or `delete`')

const badCase = record({
  id: z.string().describe('what `crash --replay` takes'),
  defect: z.string(),
  detail: z.string(),
  kept: z.string().nullable().describe('the folder in which the image was kept'),
})

const part = record({
  kind: z.enum(['power-loss', 'second-power-loss', 'disk-faults']),
  path: z.string().describe('the snapshot that was upgraded, or `fresh`'),
  journalMode,
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

export const timeline = record({
  path: z.string(),
  journalMode,
  seed: count,
  unitBytes: count,
  operations: z.array(operation),
  points: z.array(crashPoint).min(1),
}).describe('one upgrade as the disk saw it, and what a power failure after each operation leaves')

export const crash = record({
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
  cases: z.array(badCase),
  parts: z.array(part),
  timeline: timeline.nullable(),
}).describe('what is left when the power or the disk fails')

const checkResult = record({
  check: z.string(),
  outcome,
  problems: z.array(problem),
  durationMilliseconds: milliseconds,
})

const upgradeProof = record({
  snapshot: z.string(),
  from: version,
  to: version,
  outcome,
  checks: z.array(checkResult),
})

export const upgrades = record({
  ...run,
  checks: z.array(
    record({
      name: z.string(),
      proves: z.string().describe('the end of the sentence "The upgraded database …"'),
    }),
  ),
  snapshots: z.array(upgradeProof),
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

export const mutation = record({
  ...run,
  mutants: count,
  behaviourRate: z
    .number()
    .min(0)
    .max(1)
    .describe('what the behaviour check killed of what it can see, of one'),
  survivors: z.array(record({ id: z.string(), fault: z.string(), wouldBeKilledBy: z.string() })),
  operators: z.array(operator),
  checks: z.array(check),
  equivalents: z.array(record({ reason: z.string(), mutants: z.array(z.string()) })),
  wrongEquivalents: z.array(z.string()),
}).describe('which planted faults the suite saw')

const gateProblem = record({
  rule: z.string().describe('short and stable: `migration-edited`'),
  object: z.string(),
  ...place,
  expected: z.string(),
  actual: z.string(),
  why: z.string().describe('why it matters'),
  remedy: z.string().describe('the command or the action that fixes it'),
  outcome: outcome.describe('`failed` stops the release; `passed` is only told'),
})

const gate = record({
  ...run,
  base: z.string().nullable().describe('the branch, tag or commit that it was compared with'),
  baseConfig: z
    .enum(['loaded', 'none', 'failed'])
    .nullable()
    .describe('what became of the config of the base; without one, its ledger alone was read'),
  harnessVersion: z.string().describe('the version of migration-proof that judged both'),
  problems: z.array(gateProblem),
}).describe('what stands between the change and its release')

const evidence = record({ ran: z.string(), happened: z.string() })

const finding = record({
  code: z.string().describe('never changes once it is released'),
  severity: z.enum(['error', 'warning', 'note']),
  reason: z.string(),
  remedy: z.string(),
  source: z.string().describe('the URL of a page that explains it'),
  object: z.string().describe('a table, `table.column`, index, statement or migration'),
  evidence: z.array(evidence).min(1),
  waived: z.string().nullable().describe('why it is accepted; null where it is not'),
})

const waiver = record({ code: z.string(), objects: z.array(z.string()), reason: z.string() })

export const findings = record({
  ...run,
  engineVersion: z.string().describe('the SQLite that everything was tried on'),
  findings: z.array(finding),
  untriedTables: z.array(z.string()).describe('tables that take none of the rows that can be made up'),
  unusedWaivers: z.array(waiver),
}).describe('the weaknesses of the schema, each with what happened when it was tried')

export const engines = record({
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
  failures: z.array(z.string()),
  repeat: z.string().describe('the command that tries the same again'),
  durationMilliseconds: milliseconds,
})

export const fuzz = record({ ...run, version, rows: count, properties: z.array(property) }).describe(
  'random rows against an independent model',
)

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
  failure: z.string().nullable().describe('what SQLite does instead; null where the contract is kept'),
})

export const contracts = record({
  ...run,
  version,
  engineVersion: z.string(),
  contracts: z.array(contract),
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
