import { existsSync, linkSync, lstatSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Command, type Fault, type Run, runCommand } from './command.ts'
import { type Expected, latestVersion, versionsAfter } from './compare.ts'
import { drawRecipe, forumIn, giveTo } from './databases.ts'
import { describeFault, drawFault, type FaultWeights } from './faults.ts'
import { digest, digestFiles } from './observe.ts'
import { startCompanion } from './process.ts'
import type { Random } from './random.ts'
import { errorOf, judgeManners, lastLines, readSaid } from './said.ts'
import { type Effect, lookBefore, same, settle } from './settle.ts'
import {
  describeRun,
  drawUpgrade,
  isHarmless,
  judgeUpgrade,
  mayLeaveDrafts,
  noFault,
  parametersOf,
  type UpgradeRequest,
} from './upgrades.ts'
import type { Tenant, World } from './world.ts'

/** How the commands and programs of this test are started. */
export interface Programs {
  /** The program, and what comes before the name of a command. */
  readonly commandLine: readonly string[]
  readonly server: string
  readonly visitor: string
  /** What the server does instead of opening its file once more. */
  readonly look: 'look' | 'misread'
}

/** What a step knows, and where it notes what it did. */
export interface Stage {
  readonly world: World
  readonly random: Random
  readonly programs: Programs
  readonly note: (text: string) => void
  readonly onRun: (run: Run) => void
}

export type StepKind = keyof typeof steps

export const steps = {
  upgrade: upgradeOne,
  'upgrade beside another program': upgradeBesideVisitor,
  'upgrade two files at once': upgradeTwoFiles,
  'upgrade one file twice at once': upgradeTwice,
  'use a served file': useServedFile,
  'serve and crash': serveAndCrash,
  restore: restoreOne,
  'restore to a missing file': restoreToMissing,
  inspect: inspectOne,
  'refuse what is foreign': refuseForeign,
} as const

async function run(stage: Stage, parameters: readonly string[], fault: Fault = noFault()): Promise<Run> {
  const { world, programs } = stage
  const command: Command = {
    parameters: [...programs.commandLine, ...parameters],
    folder: forumIn(world.options.project),
    temporary: world.temporary,
    scratch: world.scratch,
    fault,
  }
  const ended = await runCommand(command)
  stage.onRun(ended)
  stage.note(`  ${describeRun(ended)}${errorOf(ended) === '' ? '' : `: ${errorOf(ended)}`}`)
  return ended
}

const upgradeFaults: FaultWeights = { none: 25, kill: 20, 'kill-at-call': 20, stop: 10, error: 20, output: 8 }

/** A file that can be upgraded: most of those that were are replaced by a person's next one. */
function takeOldFile({ world, random, note }: Stage, tenant: Tenant) {
  const isDone = tenant.content === null || tenant.content.version === latestVersion
  if (!isDone || random.chance(0.15)) return
  if (tenant.content === null)
    for (const ending of ['-wal', '-journal', '-shm']) rmSync(tenant.file + ending, { force: true })
  world.replaceFile(tenant, drawRecipe(random, tenant.name))
  note(`  ${tenant.name} gets a new file: ${describeRecipe(tenant)}`)
}

export function describeRecipe({ recipe, uid }: Tenant): string {
  const { snapshot, left, own, mode } = recipe
  return `${snapshot}, ${left}, own ${own}, mode ${mode.toString(8)}, uid ${uid}`
}

async function upgradeOne(stage: Stage) {
  const { world, random, note } = stage
  const tenant = random.pick(world.tenants)
  takeOldFile(stage, tenant)
  const request = drawUpgrade(random, world, tenant)
  const fault = drawFault(random, upgradeFaults, !request.json, 800)
  const isCramped = tenant.disk !== null && random.chance(0.7)
  const room = random.between(0, 700) * 1024
  note(`upgrade ${tenant.name}${describeFault(fault)}${isCramped ? `, ${room} bytes free` : ''}`)
  const before = lookBefore(world)
  const digests = digestFiles(tenant.file)
  if (isCramped) tenant.disk?.fill(room)
  const ended = await run(stage, parametersOf(request), fault)
  if (isCramped) tenant.disk?.empty()
  const effect = judgeUpgrade(world, request, ended, {
    before: tenant.content,
    digests,
    isAlone: true,
    isCramped,
  })
  settle(world, before, { effects: [effect], mayLeaveDrafts: mayLeaveDrafts(ended) })
}

async function upgradeTwoFiles(stage: Stage) {
  const { world, random, note } = stage
  const [one, other] = world.tenants
  if (one === undefined || other === undefined) return upgradeOne(stage)
  for (const tenant of [one, other]) takeOldFile(stage, tenant)
  const backupDir = random.chance(0.85) ? world.backups : null
  const requests = [one, other].map((tenant) => ({
    ...drawUpgrade(random, world, tenant),
    backupDir,
    noBackup: false,
    dryRun: random.chance(0.1),
  }))
  const fault = random.chance(0.25) ? drawFault(random, { ...upgradeFaults, none: 0 }, false, 800) : noFault()
  note(`upgrade a and b at once${describeFault(fault)} (the first)`)
  const before = lookBefore(world)
  const digests = [one, other].map(({ file }) => digestFiles(file))
  const runs = await Promise.all(
    requests.map((request, index) => run(stage, parametersOf(request), index === 0 ? fault : noFault())),
  )
  const effects = requests.map((request, index) =>
    judgeUpgrade(world, request, runs[index] as Run, {
      before: request.tenant.content,
      digests: digests[index] ?? {},
      isAlone: true,
      isCramped: false,
    }),
  )
  settle(world, before, { effects, mayLeaveDrafts: runs.some(mayLeaveDrafts) })
}

async function upgradeTwice(stage: Stage) {
  const { world, random, note } = stage
  const tenant = random.pick(world.tenants)
  takeOldFile(stage, tenant)
  const requests = [0, 1].map(() => ({
    ...drawUpgrade(random, world, tenant),
    noBackup: false,
    dryRun: false,
  }))
  const fault = random.chance(0.25) ? drawFault(random, { ...upgradeFaults, none: 0 }, false, 800) : noFault()
  note(`upgrade ${tenant.name} twice at once${describeFault(fault)} (the first)`)
  const before = lookBefore(world)
  const digests = digestFiles(tenant.file)
  const runs = await Promise.all(
    requests.map((request, index) => run(stage, parametersOf(request), index === 0 ? fault : noFault())),
  )
  const circumstances = { before: tenant.content, digests, isAlone: false, isCramped: false }
  const [effect] = requests.map((request, index) =>
    judgeUpgrade(world, request, runs[index] as Run, circumstances),
  )
  settle(world, before, {
    effects: effect === undefined ? [] : [effect],
    mayLeaveDrafts: runs.some(mayLeaveDrafts),
  })
}

/** What other programs open the file with. */
const engines = ['better-sqlite3', 'libsql', 'libsql'] as const

async function upgradeBesideVisitor(stage: Stage) {
  const { world, random, note } = stage
  const tenant = random.pick(world.tenants)
  takeOldFile(stage, tenant)
  const content = tenant.content
  if (content === null) return upgradeOne(stage)
  const request = { ...drawUpgrade(random, world, tenant), dryRun: false }
  const what = random.weigh({ write: 5, read: 3, migrate: 3 })
  const startAfter = random.between(0, 600)
  note(`upgrade ${tenant.name} beside a program that ${what}s, from ${startAfter} ms on`)
  const before = lookBefore(world)
  const visits = random.between(3, 15)
  const first = world.reserveMarks(visits)
  const engine = random.pick(engines)
  const parameters = [tenant.file, engine, what, `${first}`, `${visits}`, `${random.between(1, 30)}`]
  const visit = async () => {
    await new Promise((resolve) => setTimeout(resolve, startAfter))
    const { server, visitor } = stage.programs
    if (what !== 'migrate') return startCompanion(visitor, parameters).end()
    const companion = startCompanion(server, [tenant.file, '--migrate'])
    const line = await companion.nextLine()
    if (line !== null) await companion.ask(random.chance(0.5) ? 'close' : 'look')
    await companion.kill()
    return []
  }
  const [lines, ended] = await Promise.all([visit(), run(stage, parametersOf(request))])
  const numbers = (word: string) =>
    new Set(lines.flatMap((line) => (line.startsWith(word) ? [line.slice(word.length)] : [])))
  const effect = judgeUpgrade(world, request, ended, {
    before: content,
    digests: before.digests.get(tenant) ?? {},
    isAlone: false,
    isCramped: false,
    acknowledged: numbers('ack '),
    attempted: numbers('try '),
    otherVersions: what === 'migrate' ? versionsAfter(content.version) : [],
  })
  settle(world, before, { effects: [effect], mayLeaveDrafts: mayLeaveDrafts(ended) })
}

/** A server has the file open, and commits rows before and after another command. */
async function useServedFile(stage: Stage) {
  const { world, random, note, programs } = stage
  const tenant = random.pick(world.tenants)
  if (random.chance(0.5)) takeOldFile(stage, tenant)
  const content = tenant.content
  if (content === null) return upgradeOne(stage)
  const before = lookBefore(world)
  const server = startCompanion(programs.server, [tenant.file])
  const acknowledged = new Set<string>()
  const attempted = new Set<string>()
  const write = async (count: number) => {
    for (let row = 0; row < count; row++) {
      const mark = world.nextMark()
      attempted.add(mark)
      if ((await server.ask(`write ${mark}`)) === `ack ${mark}`) acknowledged.add(mark)
    }
  }
  if ((await server.nextLine()) !== 'open') world.report('refused', `openDatabase refused ${tenant.name}`)
  await write(random.between(1, 3))
  const looks = random.chance(0.7)
  const isVisited = random.chance(0.5)
  if (looks) await server.ask(programs.look)
  const what = random.weigh({ upgrade: 4, inspect: 3, restore: 2 })
  const isKilled = random.chance(0.6)
  note(
    `serve ${tenant.name}${looks ? `, ${programs.look}` : ''}${isVisited ? ', visit' : ''}, ${what}, and ${isKilled ? 'kill' : 'close'} the server`,
  )
  const [backup] = tenant.backups.keys()
  const request = { ...drawUpgrade(random, world, tenant), dryRun: random.chance(0.3) }
  const parameters =
    what === 'upgrade'
      ? parametersOf(request)
      : what === 'restore' && backup !== undefined
        ? ['restore', tenant.file, backup]
        : ['inspect', tenant.file]
  // Another program that opens the file and closes it: had the server no locks, it would remove the log.
  if (isVisited)
    await startCompanion(programs.visitor, [tenant.file, random.pick(engines), 'read', '0', '1', '0']).end()
  const ended = await run(stage, parameters)
  for (const { kind, text } of judgeManners(ended)) world.report(kind, `${describeRun(ended)}: ${text}`)
  const isUpToDate = content.version === latestVersion
  if (parameters[0] === 'restore' && ended.exitCode !== 2) {
    world.report('untrue', `${describeRun(ended)}: a server has the file open`)
  } else if (parameters[0] === 'upgrade' && !request.dryRun && !isUpToDate && ended.exitCode !== 2) {
    world.report('untrue', `${describeRun(ended)}: a server has the file open`)
  } else if (parameters[0] === 'inspect' && ended.exitCode !== 0) {
    world.report('refused', `${describeRun(ended)}: ${lastLines(ended.stderr + ended.stdout)}`)
  }
  await write(random.between(1, 3))
  if (isKilled) await server.kill()
  else {
    await server.ask('close')
    await server.end()
  }
  const outcome: Expected = { base: content, versions: [content.version], acknowledged, attempted }
  const effect: Effect = { tenant, outcomes: [outcome], backups: [], replaced: [] }
  settle(world, before, { effects: [effect], mayLeaveDrafts: false })
}

async function serveAndCrash(stage: Stage) {
  const { world, random, note, programs } = stage
  const tenant = random.pick(world.tenants)
  const content = tenant.content
  if (content === null) return upgradeOne(stage)
  const isMigrating = random.chance(0.5)
  const waits = random.between(0, 30)
  note(`serve ${tenant.name}${isMigrating ? ', migrate' : ''}, and kill the server`)
  const before = lookBefore(world)
  const server = startCompanion(programs.server, [tenant.file, ...(isMigrating ? ['--migrate'] : [])])
  const acknowledged = new Set<string>()
  const attempted = new Set<string>()
  if (isMigrating && random.chance(0.5)) {
    await new Promise((resolve) => setTimeout(resolve, 90 + waits))
  } else if ((await server.nextLine()) === 'open') {
    for (let row = random.between(1, 4); row > 0; row--) {
      const mark = world.nextMark()
      attempted.add(mark)
      if ((await server.ask(`write ${mark}`)) === `ack ${mark}`) acknowledged.add(mark)
    }
  } else world.report('refused', `openDatabase refused ${tenant.name}`)
  await server.kill()
  const versions = [content.version, ...(isMigrating ? versionsAfter(content.version) : [])]
  const outcome: Expected = { base: content, versions, acknowledged, attempted }
  settle(world, before, {
    effects: [{ tenant, outcomes: [outcome], backups: [], replaced: [] }],
    mayLeaveDrafts: false,
  })
}

const restoreFaults: FaultWeights = { none: 45, kill: 15, 'kill-at-call': 15, stop: 5, error: 15, output: 5 }

async function restoreOne(stage: Stage) {
  const { world, random, note } = stage
  const withBackups = world.tenants.filter(({ backups, content }) => backups.size > 0 && content !== null)
  if (withBackups.length === 0) return upgradePlainly(stage)
  const tenant = random.pick(withBackups)
  const [known, wanted] = random.pick([...tenant.backups])
  const backup = random.chance(0.25) ? renameBackup(stage, tenant, known) : known
  const fault = drawFault(random, restoreFaults, false, 350)
  const json = random.chance(0.3)
  note(`restore ${tenant.name} ${world.nameOf(backup)}${describeFault(fault)}`)
  const before = lookBefore(world)
  const content = tenant.content
  const ended = await run(stage, ['restore', tenant.file, backup, ...(json ? ['--json'] : [])], fault)
  for (const { kind, text } of judgeManners(ended)) world.report(kind, `${describeRun(ended)}: ${text}`)
  if (isHarmless(ended) && ended.exitCode !== 0) {
    world.report('refused', `${describeRun(ended)}: ${errorOf(ended) || lastLines(ended.stderr)}`)
  }
  const isUnchanged = JSON.stringify(before.digests.get(tenant)) === JSON.stringify(digestFiles(tenant.file))
  if (ended.exitCode === 2 && !isUnchanged) {
    world.report('changed-on-refusal', `${describeRun(ended)}: ${errorOf(ended)}`)
  }
  if (ended.exitCode === 0 && fault.kind !== 'output') {
    const { replaced } = readSaid(ended)
    const seen = replaced === null ? null : world.observer.observe(replaced)
    if (seen?.state !== 'read')
      world.report(
        'untrue',
        `${describeRun(ended)}: what was there is not ${replaced}; ${lastLines(ended.stdout)}`,
      )
  }
  const outcomes =
    ended.exitCode === 0
      ? [same(wanted)]
      : ended.exitCode === 2 || content === null
        ? content === null
          ? []
          : [same(content)]
        : [same(content), same(wanted)]
  const effect: Effect = { tenant, outcomes, backups: [], replaced: content === null ? [] : [same(content)] }
  settle(world, before, { effects: [effect], mayLeaveDrafts: mayLeaveDrafts(ended) })
}

/** A person keeps backups under names of his own, such as those that a program may take for its drafts. */
function renameBackup({ world, random, note }: Stage, tenant: Tenant, backup: string): string {
  const path = join(
    tenant.folder,
    random.pick(['data.db.restoring', 'data.db.unfinished', 'kept.db', 'data.db.v2.backup']),
  )
  // A person's text beside it would be taken for its journal.
  if (['', '-journal', '-wal'].some((ending) => existsSync(path + ending))) return backup
  writeFileSync(path, readFileSync(backup), { mode: 0o600 })
  giveTo(path, tenant.uid)
  world.keep(path)
  note(`  a person copies a backup to ${world.nameOf(path)}`)
  return path
}

/** The file is gone, and what a crashed server left beside it is still there. */
async function restoreToMissing(stage: Stage) {
  const { world, random, note } = stage
  const withBackups = world.tenants.filter(({ backups }) => backups.size > 0)
  if (withBackups.length === 0) return upgradePlainly(stage)
  const tenant = random.pick(withBackups)
  const [backup, wanted] = random.pick([...tenant.backups])
  const fault = drawFault(random, restoreFaults, false, 350)
  const left = random.pick(['killed-with-wal', 'killed-with-wal', 'killed-with-journal'] as const)
  for (const ending of ['-wal', '-journal', '-shm']) rmSync(tenant.file + ending, { force: true })
  // The log of a later server, which belongs to no file that is there.
  world.replaceFile(tenant, { ...drawRecipe(random, tenant.name), snapshot: 'v4', own: 'nothing', left })
  rmSync(tenant.file)
  tenant.content = null
  const lost = ['-wal', '-journal'].map((ending) => tenant.file + ending).filter((path) => existsSync(path))
  const digests = lost.map((path) => digest(readFileSync(path)))
  note(`restore ${tenant.name} to a missing file, ${left}${describeFault(fault)}`)
  const before = lookBefore(world)
  const ended = await run(stage, ['restore', tenant.file, backup], fault)
  for (const { kind, text } of judgeManners(ended)) world.report(kind, `${describeRun(ended)}: ${text}`)
  if (isHarmless(ended) && ended.exitCode !== 0) {
    world.report('refused', `${describeRun(ended)}: ${errorOf(ended) || lastLines(ended.stderr)}`)
  }
  const files = [...world.list()]
    .filter(([, stats]) => stats.isFile())
    .map(([path]) => digest(readFileSync(path)))
  for (const [index, path] of lost.entries()) {
    if (!files.includes(digests[index] ?? ''))
      world.report('bystander-touched', `${world.nameOf(path)}, which a person may need, is gone`)
  }
  const effect: Effect = {
    tenant,
    outcomes: [same(wanted)],
    mayBeMissing: ended.exitCode !== 0,
    backups: [],
    replaced: [],
  }
  settle(world, before, { effects: [effect], mayLeaveDrafts: mayLeaveDrafts(ended) })
}

async function upgradePlainly(stage: Stage) {
  const tenant = stage.random.pick(stage.world.tenants)
  takeOldFile(stage, tenant)
  const backupDir = stage.random.chance(0.3) ? stage.world.backups : null
  await upgradeCleanly(stage, {
    tenant,
    quick: false,
    noBackup: false,
    dryRun: false,
    backupDir,
    json: false,
  })
}

/** An upgrade that nothing disturbs. */
export async function upgradeCleanly(stage: Stage, request: UpgradeRequest) {
  const { world, note } = stage
  note(`upgrade ${request.tenant.name}`)
  const before = lookBefore(world)
  const digests = digestFiles(request.tenant.file)
  const ended = await run(stage, parametersOf(request))
  const circumstances = { before: request.tenant.content, digests, isAlone: true, isCramped: false }
  const effect = judgeUpgrade(world, request, ended, circumstances)
  settle(world, before, { effects: [effect], mayLeaveDrafts: mayLeaveDrafts(ended) })
}

async function inspectOne(stage: Stage) {
  const { world, random, note } = stage
  const tenant = random.pick(world.tenants)
  note(`inspect ${tenant.name}`)
  const before = lookBefore(world)
  const ended = await run(stage, ['inspect', tenant.file, ...(random.chance(0.4) ? ['--json'] : [])])
  for (const { kind, text } of judgeManners(ended)) world.report(kind, `${describeRun(ended)}: ${text}`)
  if (tenant.content !== null && ended.exitCode !== 0) {
    world.report('refused', `${describeRun(ended)}: ${lastLines(ended.stderr + ended.stdout)}`)
  }
  settle(world, before, { effects: [], mayLeaveDrafts: false })
}

/** Databases of other applications, and files that are none, are refused and stay as they were. */
async function refuseForeign(stage: Stage) {
  const { world, random, note } = stage
  const tenant = random.pick(world.tenants)
  const what = random.pick([
    'upgrade',
    'restore a foreign database',
    'restore an empty file',
    'upgrade a second name',
  ])
  note(`${what}, which must be refused`)
  const empty = join(world.scratch, 'empty.db')
  writeFileSync(empty, '')
  const link = join(world.scratch, 'second-name.db')
  rmSync(link, { force: true })
  const before = lookBefore(world)
  if (what === 'upgrade a second name' && tenant.content !== null && tenant.disk === null) {
    linkSync(tenant.file, link)
    await run(stage, ['inspect', link])
    rmSync(link)
    settle(world, before, { effects: [], mayLeaveDrafts: false })
    return
  }
  const parameters =
    what === 'upgrade'
      ? ['upgrade', world.foreign]
      : ['restore', tenant.file, what === 'restore an empty file' ? empty : world.foreign]
  const ended = await run(stage, parameters)
  for (const { kind, text } of judgeManners(ended)) world.report(kind, `${describeRun(ended)}: ${text}`)
  if (ended.exitCode !== 2)
    world.report('untrue', `${describeRun(ended)}: what is not of the subject was taken`)
  // Where it was taken, what it did is not looked at further: the tenant starts over.
  if (ended.exitCode === 0 && what !== 'upgrade') return startOver(world, tenant, before.files)
  settle(world, before, { effects: [], mayLeaveDrafts: false })
}

function startOver(world: World, tenant: Tenant, known: ReadonlyMap<string, unknown>) {
  for (const [path, stats] of world.list()) {
    if (!known.has(path) && stats.isFile() && lstatSync(path, { throwIfNoEntry: false }) !== undefined)
      rmSync(path)
  }
  world.replaceFile(tenant, tenant.recipe)
}
