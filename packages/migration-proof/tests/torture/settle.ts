import { lstatSync, type Stats } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { compare, type Expected } from './compare.ts'
import { type Content, digestFiles } from './observe.ts'
import type { Violation } from './violations.ts'
import type { Tenant, World } from './world.ts'

/** What a step may have done to the file of a tenant. */
export interface Effect {
  readonly tenant: Tenant
  /** What the file may hold now. The first one that it matches is taken. */
  readonly outcomes: readonly Expected[]
  /** Whether there may be no file. */
  readonly mayBeMissing?: boolean
  /** What a backup may hold that the step made. */
  readonly backups: readonly Expected[]
  /** What a file may hold that the step set aside. */
  readonly replaced: readonly Expected[]
}

export interface Settlement {
  readonly effects: readonly Effect[]
  /** Whether drafts may be left: of a run that was killed, or whose removal of them failed. */
  readonly mayLeaveDrafts: boolean
}

/** What the world was before a step. */
export interface Before {
  readonly files: ReadonlyMap<string, Stats>
  readonly digests: ReadonlyMap<Tenant, Readonly<Record<string, string>>>
}

export function lookBefore(world: World): Before {
  return {
    files: world.list(),
    digests: new Map(world.tenants.map((tenant) => [tenant, digestFiles(tenant.file)])),
  }
}

const sidecars = ['-wal', '-shm', '-journal']

/** Checks all files after a step, and takes what is there now as what must be there before the next step. */
export function settle(world: World, before: Before, { effects, mayLeaveDrafts }: Settlement) {
  for (const tenant of world.tenants) {
    const effect = effects.find((one) => one.tenant === tenant)
    if (effect === undefined) checkUnchanged(world, tenant, before)
    else settleFile(world, effect, before)
  }
  for (const [path, stats] of world.list()) {
    if (before.files.has(path) || world.isKept(path) || isOfTenant(world, path)) continue
    settleNewFile(world, path, stats, effects, mayLeaveDrafts)
  }
  world.checkBystanders()
}

function checkUnchanged(world: World, tenant: Tenant, before: Before) {
  const digests = before.digests.get(tenant)
  if (JSON.stringify(digests) !== JSON.stringify(digestFiles(tenant.file))) {
    world.report(
      'bystander-touched',
      `${world.nameOf(tenant.file)} was changed by a command for another file`,
    )
  }
}

function settleFile(world: World, { tenant, outcomes, mayBeMissing = false }: Effect, before: Before) {
  const observation = world.observer.observe(tenant.file)
  const name = world.nameOf(tenant.file)
  if (observation.state === 'missing' && mayBeMissing) {
    tenant.content = null
    return
  }
  report(
    world,
    bestMatch(outcomes, (expected) => compare(name, observation, expected, world.options.golden)),
  )
  tenant.content = observation.state === 'read' ? observation.content : null
  checkAccess(world, tenant, before)
}

/** No violations where one of the outcomes is met, else those of the nearest one. */
function bestMatch(outcomes: readonly Expected[], judge: (expected: Expected) => Violation[]): Violation[] {
  const all = outcomes.map(judge)
  return all.reduce((best, violations) => (violations.length < best.length ? violations : best), all[0] ?? [])
}

function report(world: World, violations: readonly Violation[]) {
  for (const { kind, text } of violations) world.report(kind, text)
}

/** Mode and owner stay; a file that was missing is as private as its folder, and belongs to the same user. */
function checkAccess(world: World, tenant: Tenant, { files }: Before) {
  const now = lstatSync(tenant.file, { throwIfNoEntry: false })
  if (now === undefined) return
  const old = files.get(tenant.file)
  const name = world.nameOf(tenant.file)
  const allowedMode = (old ?? lstatSync(tenant.folder)).mode & 0o777
  if ((now.mode & 0o077 & ~allowedMode) !== 0) {
    world.report('readable-by-others', `${name} has mode ${(now.mode & 0o777).toString(8)}`)
  }
  if (old !== undefined && (now.mode & 0o777) !== (old.mode & 0o777)) {
    world.report(
      'wrong-owner',
      `${name} had mode ${allowedMode.toString(8)}, has ${(now.mode & 0o777).toString(8)}`,
    )
  }
  if (now.uid !== tenant.uid)
    world.report('wrong-owner', `${name} belongs to ${now.uid}, not to ${tenant.uid}`)
  for (const ending of sidecars) {
    const sidecar = lstatSync(tenant.file + ending, { throwIfNoEntry: false })
    if (sidecar !== undefined && (sidecar.mode & 0o077 & ~now.mode) !== 0) {
      world.report('readable-by-others', `${name}${ending} has mode ${(sidecar.mode & 0o777).toString(8)}`)
    }
  }
}

function isOfTenant(world: World, path: string): boolean {
  return world.tenants.some(({ file }) => path === file || sidecars.some((ending) => path === file + ending))
}

function settleNewFile(
  world: World,
  path: string,
  stats: Stats,
  effects: readonly Effect[],
  mayLeaveDrafts: boolean,
) {
  const draft = draftOf(world, path)
  if (draft !== null) return settleDraft(world, path, draft, stats, mayLeaveDrafts)
  const name = basename(path)
  if (/^data\.db\..+\.backup$/.test(name)) return settleBackup(world, path, stats, effects)
  if (/^data\.db(-wal|-shm|-journal)?\.replaced\./.test(name))
    return settleReplaced(world, path, stats, effects)
  world.report('leftover', `${world.nameOf(path)}, which no document names`)
  world.keep(path)
}

/** The folder of a run's drafts that a path is, or is in; null for another path. */
function draftOf(world: World, path: string): string | null {
  const parents = [...world.tenants.map(({ folder }) => folder), world.backups, world.temporary]
  for (let folder = path; folder.length > world.folder.length; folder = dirname(folder)) {
    if (parents.includes(dirname(folder)) && /^data\.db\.unfinished-[\w-]{6,}$/.test(basename(folder)))
      return folder
  }
  return null
}

function settleDraft(world: World, path: string, draft: string, stats: Stats, mayLeaveDrafts: boolean) {
  const folder = lstatSync(draft, { throwIfNoEntry: false })
  if (folder !== undefined && (folder.mode & 0o077) !== 0 && (stats.mode & 0o077) !== 0) {
    world.report('readable-by-others', `${world.nameOf(path)} has mode ${(stats.mode & 0o777).toString(8)}`)
  }
  if (path !== draft || world.dead.has(draft)) return
  world.dead.add(draft)
  if (!mayLeaveDrafts) world.report('leftover', `${world.nameOf(draft)} after a run that ended by itself`)
}

function settleBackup(world: World, path: string, stats: Stats, effects: readonly Effect[]) {
  const name = world.nameOf(path)
  const observation = world.observer.observe(path)
  const candidates = effects.flatMap(({ tenant, backups }) =>
    tenant.folder === dirname(path) || dirname(path) === world.backups
      ? backups.map((expected) => ({
          tenant,
          violations: compare(name, observation, expected, world.options.golden),
        }))
      : [],
  )
  const [best] = candidates.sort((one, other) => one.violations.length - other.violations.length)
  if (best === undefined) world.report('leftover', `${name}: a backup by a run that makes none`)
  else if (best.violations.length > 0) {
    world.report('wrong-backup', `${name}: ${best.violations.map(({ text }) => text).join('; ')}`)
  } else if (observation.state === 'read') {
    best.tenant.backups.set(path, observation.content)
    if (stats.uid !== best.tenant.uid) {
      world.report('wrong-owner', `${name} belongs to ${stats.uid}, and the file to ${best.tenant.uid}`)
    }
    const [, version] = /\.v(\d+)\./.exec(basename(path)) ?? []
    if (version !== undefined && Number(version) !== observation.content.version) {
      world.report('wrong-backup', `${name} holds version ${observation.content.version}`)
    }
  }
  if ((stats.mode & 0o077) !== 0) {
    world.report('readable-by-others', `${name} has mode ${(stats.mode & 0o777).toString(8)}`)
  }
  world.keep(path)
}

function settleReplaced(world: World, path: string, stats: Stats, effects: readonly Effect[]) {
  const name = world.nameOf(path)
  const effect = effects.find(({ tenant }) => tenant.folder === dirname(path))
  if (effect === undefined) world.report('leftover', `${name}: set aside by a run that restores nothing`)
  if ((stats.mode & 0o077 & ~effectiveMode(effect)) !== 0) {
    world.report('readable-by-others', `${name} has mode ${(stats.mode & 0o777).toString(8)}`)
  }
  const isDatabase = !sidecars.some((ending) => basename(path).includes(ending))
  if (isDatabase && effect !== undefined) {
    const observation = world.observer.observe(path)
    const { replaced } = effect
    if (replaced.length === 0) world.report('leftover', `${name}: set aside by a run that replaces nothing`)
    report(
      world,
      bestMatch(replaced, (expected) => compare(name, observation, expected, world.options.golden)),
    )
  }
  // A restore that was killed may have given the file its second name already.
  if (stats.ino !== lstatSync(join(dirname(path), 'data.db'), { throwIfNoEntry: false })?.ino)
    world.keep(path)
}

function effectiveMode(effect: Effect | undefined): number {
  return effect === undefined ? 0 : effect.tenant.recipe.mode
}

/** What a file that is as it was must hold. */
export function same(base: Content): Expected {
  return { base, versions: [base.version] }
}
