import { z } from 'zod'
import { milliseconds, outcome, record } from './model/common.ts'
import { contracts } from './model/contracts.ts'
import { crash, type timeline } from './model/crash.ts'
import { engines, fuzz } from './model/extras.ts'
import { findings } from './model/findings.ts'
import { gate } from './model/gate.ts'
import { history } from './model/history.ts'
import { mutation } from './model/mutation.ts'
import { upgrades } from './model/upgrades.ts'

/** All that one run found out. A part that was not run is null, and no output may take that for a success. */
export const resultsSchema = record({
  format: z.literal(1),
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
