import type { Fault, Run } from './command.ts'
import { type Expected, latestVersion } from './compare.ts'
import { preventsRemoval } from './faults.ts'
import { type Content, digestFiles } from './observe.ts'
import type { Random } from './random.ts'
import { errorOf, judgeManners, lastLines, readSaid } from './said.ts'
import type { Effect } from './settle.ts'
import type { Tenant, World } from './world.ts'

/** How an upgrade is asked for. */
export interface UpgradeRequest {
  readonly tenant: Tenant
  readonly quick: boolean
  readonly noBackup: boolean
  readonly dryRun: boolean
  readonly backupDir: string | null
  readonly json: boolean
}

export function drawUpgrade(random: Random, world: World, tenant: Tenant): UpgradeRequest {
  const noBackup = random.chance(0.1)
  return {
    tenant,
    quick: random.chance(0.25),
    noBackup,
    dryRun: random.chance(0.12),
    backupDir: !noBackup && random.chance(0.35) ? world.backups : null,
    json: random.chance(0.3),
  }
}

export function parametersOf({ tenant, quick, noBackup, dryRun, backupDir, json }: UpgradeRequest): string[] {
  return [
    'upgrade',
    tenant.file,
    ...(quick ? ['--quick'] : []),
    ...(noBackup ? ['--no-backup'] : []),
    ...(dryRun ? ['--dry-run'] : []),
    ...(backupDir === null ? [] : ['--backup-dir', backupDir]),
    ...(json ? ['--json'] : []),
  ]
}

/** What went on while an upgrade ran. */
export interface Circumstances {
  readonly before: Content | null
  readonly digests: Readonly<Record<string, string>>
  /** Nothing else had the file open. */
  readonly isAlone: boolean
  /** The disk may have been too full. */
  readonly isCramped: boolean
  readonly acknowledged?: ReadonlySet<string>
  readonly attempted?: ReadonlySet<string>
  /** Another process may have changed the version. */
  readonly otherVersions?: readonly number[]
}

/** Checks what an upgrade said against what it did, and returns what it may have done to its file. */
export function judgeUpgrade(
  world: World,
  request: UpgradeRequest,
  run: Run,
  circumstances: Circumstances,
): Effect {
  const { tenant } = request
  for (const { kind, text } of judgeManners(run)) world.report(kind, `${describeRun(run)}: ${text}`)
  const { before } = circumstances
  if (before === null) {
    if (run.exitCode === 0) world.report('untrue', `${describeRun(run)}: exit code 0, and there is no file`)
    return { tenant, outcomes: [], mayBeMissing: true, backups: [], replaced: [] }
  }
  judgeEnd(world, request, run, circumstances, before)
  const { acknowledged, attempted, otherVersions = [] } = circumstances
  const marks = {
    ...(acknowledged === undefined ? {} : { acknowledged }),
    ...(attempted === undefined ? {} : { attempted }),
  }
  const may = request.dryRun ? [before.version] : [before.version, latestVersion]
  const outcome: Expected = { base: before, versions: [...may, ...otherVersions], ...marks }
  const mayBackUp = !request.noBackup && !request.dryRun && !isUndoneBySignal(world, run, request, before)
  const backup: Expected = {
    base: before,
    versions: [before.version, ...otherVersions],
    ...(attempted === undefined ? {} : { acknowledged: new Set(), attempted }),
  }
  return { tenant, outcomes: [outcome], backups: mayBackUp ? [backup] : [], replaced: [] }
}

function judgeEnd(
  world: World,
  request: UpgradeRequest,
  run: Run,
  { digests, isAlone, isCramped }: Circumstances,
  before: Content,
) {
  const { tenant, dryRun, noBackup } = request
  const { exitCode, fault } = run
  const said = readSaid(run)
  const untrue = (text: string) =>
    world.report('untrue', `${describeRun(run)}: ${text}; ${lastLines(run.stderr)}`)
  const now = world.observer.observe(tenant.file)
  const version = now.state === 'read' ? now.content.version : -1
  const isUnbroken = isHarmless(run) && isAlone && !isCramped
  if (isUnbroken && exitCode !== 0) {
    world.report(
      'refused',
      `${describeRun(run)}: exit code ${exitCode}: ${errorOf(run) || lastLines(run.stderr)}`,
    )
  }
  if (exitCode === 0 && fault.kind !== 'output') {
    const expected = dryRun ? ['rehearsed', 'up-to-date'] : ['upgraded', 'up-to-date']
    if (said.outcome === null || !expected.includes(said.outcome))
      untrue(`exit code 0, and it says ${said.outcome}`)
  }
  const claimsUpgraded = said.outcome === 'upgraded' || (said.outcome === 'up-to-date' && exitCode === 0)
  if (!dryRun && (exitCode === 0 || claimsUpgraded) && version !== latestVersion) {
    untrue(`exit code ${exitCode}, says ${said.outcome}, and the file is at version ${version}`)
  }
  if (said.outcome === 'upgraded' && isAlone && before.version === latestVersion)
    untrue('there was nothing to upgrade')
  if (said.outcome === 'upgraded' && !noBackup) judgeBackup(world, run, said.backup, before, isAlone)
  const isUnchanged = JSON.stringify(digestFiles(tenant.file)) === JSON.stringify(digests)
  if (isAlone && (exitCode === 2 || dryRun) && !isUnchanged) {
    const changed = Object.entries(digestFiles(tenant.file)).filter(
      ([name, value]) => digests[name] !== value,
    )
    const names = changed.map(([name, value]) => `${name} from ${digests[name]} to ${value}`).join(', ')
    world.report(
      'changed-on-refusal',
      `${describeRun(run)}: exit code ${exitCode}, changed: ${names}; ${errorOf(run)}`,
    )
  }
  if (exitCode === 1 && !dryRun && isAlone) judgeFailure(errorOf(run), before.version, version, untrue)
  if (exitCode === 1 && !isAlone && isHarmless(run)) {
    world.report(
      'wrong-exit-code',
      `${describeRun(run)}: exit code 1 beside another process: ${errorOf(run)}`,
    )
  }
}

/** Of a failed upgrade, the sentence says what the file holds. */
function judgeFailure(error: string, before: number, version: number, untrue: (text: string) => void) {
  if (version === before) return
  const claimsNothing = /holds what it held|nothing (of .+ )?was (kept|changed)|is as it was/.test(error)
  if (claimsNothing) untrue(`it says that nothing was kept, and the file is at version ${version}`)
  else if (error !== '' && !new RegExp(`version ${version}\\b|upgraded`).test(error)) {
    untrue(`it does not say that the file is at version ${version}`)
  }
}

function judgeBackup(world: World, run: Run, backup: string | null, before: Content, isAlone: boolean) {
  const text = (what: string) => `${describeRun(run)}: ${what}`
  if (backup === null) {
    if (run.fault.kind !== 'output') world.report('lost-backup', text('it names no backup'))
    return
  }
  const seen = world.observer.observe(backup)
  if (seen.state !== 'read') world.report('lost-backup', text(`the backup ${backup} is ${seen.state}`))
  else if (isAlone && !isSameContent(seen.content, before)) {
    world.report('wrong-backup', text(`the backup ${backup} is not the file that was upgraded`))
  } else if (![...before.tables].every(([name, rows]) => seen.content.tables.get(name) === rows)) {
    world.report('wrong-backup', text(`the backup ${backup} is of another file`))
  }
}

function isSameContent(one: Content, other: Content): boolean {
  const flat = ({ version, versionRows, tables, marks, schema }: Content) =>
    JSON.stringify([version, versionRows, [...tables].sort(), [...marks].sort(), schema])
  return flat(one) === flat(other)
}

/** One signal ends an upgrade after the running statement, undoes it all and removes the backup. */
function isUndoneBySignal(world: World, { fault, signal }: Run, { tenant }: UpgradeRequest, before: Content) {
  if (fault.kind !== 'signal' || fault.signal === 'SIGKILL' || fault.twice || signal === null) return false
  const now = world.observer.observe(tenant.file)
  return now.state === 'read' && now.content.version === before.version
}

/** Nothing was done to the run, or what was to be done never came. */
export function isHarmless({ fault, injected, signal }: Run): boolean {
  if (fault.kind === 'none') return true
  if (fault.kind === 'error-at-call') return injected === null
  return fault.kind === 'kill-at-call' && signal === null
}

export function mayLeaveDrafts(run: Run): boolean {
  const { fault, signal } = run
  const isKilled =
    signal === 'SIGKILL' || run.isHanging || (fault.kind === 'signal' && fault.twice && signal !== null)
  return isKilled || preventsRemoval(run.injected, fault.kind === 'error-at-call' && fault.isLasting)
}

/** A process that dies may be killed at any of its system calls. */
export function noFault(): Fault {
  return { kind: 'none' }
}

export function describeRun({ parameters, exitCode, signal, injected }: Run): string {
  const end = signal === null ? `exit ${exitCode}` : signal
  const call = injected === null ? '' : ` [${injected.replace(/^\d+ +/, '')}]`
  return `${parameters
    .slice(-8)
    .filter((one) => !/\.[cm]js$/.test(one) && !one.includes('/bin/'))
    .join(' ')} → ${end}${call}`
}
