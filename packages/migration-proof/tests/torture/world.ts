import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { drawRecipe, type FileRecipe, makeFolder, placeDatabase, placeForeignDatabase } from './databases.ts'
import { type Content, digest, Observer } from './observe.ts'
import type { Random } from './random.ts'
import { mountSmall, type SmallDisk } from './small-disk.ts'
import type { Violation, ViolationKind } from './violations.ts'

/** A person's database, in a folder of its own. */
export interface Tenant {
  readonly name: string
  readonly folder: string
  readonly file: string
  readonly uid: number
  /** The disk that the folder is on, where it is a small one. */
  readonly disk: SmallDisk | null
  recipe: FileRecipe
  /** What the file must hold; null where there is none. */
  content: Content | null
  /** The backups that were made of the file, whole and proven to be of it. */
  readonly backups: Map<string, Content>
}

interface Seen {
  readonly digest: string
  readonly mode: number
  readonly uid: number
  readonly inode: number
}

export interface WorldOptions {
  readonly project: string
  readonly golden: ReadonlyMap<string, readonly string[]>
  /** The folder for all that the sequence makes. */
  readonly parent: string
  readonly canMount: boolean
}

const oddNames = [
  'data.db.restoring',
  'data.db.unfinished',
  'data.db.unfinished-keep',
  'data.db.unfinished-aBcD12/notes.txt',
  'data.db.v2.20260101T000000Z.backup',
  'data.db.v2.20260101T000000Z.backup.unfinished',
  'data.db.v2.20260101T000000Z.backup.unfinished-wal',
  'data.db.replaced.20260101T000000Z',
  'data.db.backup',
  'data.db.tmp',
  'data.db-old',
  'data.db.restoring-journal',
  'notes.txt',
]

/** The folders, files and databases of one sequence, and what must be true of them. */
export class World {
  readonly folder: string
  readonly backups: string
  readonly temporary: string
  readonly scratch: string
  readonly foreign: string
  readonly options: WorldOptions
  readonly observer: Observer
  readonly tenants: readonly Tenant[]
  readonly violations: Violation[] = []
  /** Drafts that a run which was killed, or could not remove them, may have left. */
  readonly dead = new Set<string>()
  readonly #bystanders = new Map<string, Seen>()
  #files = 0
  #marks = 0

  constructor(random: Random, options: WorldOptions) {
    this.options = options
    this.folder = mkdtempSync(join(options.parent, 'world-'))
    chmodSync(this.folder, 0o755)
    const isRoot = process.getuid?.() === 0
    const uid = isRoot && random.chance(0.3) ? 12_345 : (process.getuid?.() ?? 0)
    this.scratch = join(this.folder, 'scratch')
    this.temporary = join(this.folder, 'tmp')
    this.backups = join(this.folder, 'backups')
    mkdirSync(this.scratch)
    mkdirSync(this.temporary)
    makeFolder(this.backups, uid)
    this.observer = new Observer(this.scratch)
    const count = random.pick([1, 2, 2, 3])
    this.tenants = ['a', 'b', 'c'].slice(0, count).map((name) => this.#makeTenant(random, name, uid))
    this.foreign = join(this.folder, 'backups', 'history.db')
    placeForeignDatabase(this.foreign)
    this.keep(this.foreign)
    for (const folder of [...this.tenants.map(({ folder }) => folder), this.backups]) {
      for (const name of oddNames) if (random.chance(0.25)) this.#placeBystander(join(folder, name))
    }
    if (random.chance(0.3)) this.#placeBystander(join(this.temporary, 'upgrade-notes'))
  }

  #makeTenant(random: Random, name: string, uid: number): Tenant {
    const folder = join(this.folder, name)
    makeFolder(folder, uid)
    const disk = this.options.canMount && random.chance(0.12) ? mountSmall(folder, uid) : null
    const file = join(folder, 'data.db')
    const tenant: Tenant = {
      name,
      folder,
      file,
      uid,
      disk,
      recipe: drawRecipe(random, name),
      content: null,
      backups: new Map(),
    }
    this.replaceFile(tenant, drawRecipe(random, name))
    return tenant
  }

  /** Gives a tenant another file, as a person does who starts over. */
  replaceFile(tenant: Tenant, recipe: FileRecipe) {
    // No two files are alike, so that a backup shows which one it is of.
    const tagged = { ...recipe, tag: `${recipe.tag}${++this.#files}` }
    placeDatabase(this.options.project, this.scratch, tenant.file, tagged, tenant.uid)
    const seen = this.observer.observe(tenant.file)
    if (seen.state !== 'read')
      throw new Error(`The test made an unusable file: ${JSON.stringify([recipe, seen])}`)
    const golden = this.options.golden.get(recipe.snapshot) ?? []
    const missing = golden.filter((line) => !seen.content.schema.includes(line))
    if (missing.length > 0) throw new Error(`The snapshot ${recipe.snapshot} lacks ${missing.join(', ')}`)
    tenant.recipe = tagged
    tenant.content = seen.content
  }

  /** A number that no row has yet. */
  nextMark(): string {
    return `${++this.#marks}`
  }

  /** Numbers that no rows have yet: the first one. */
  reserveMarks(count: number): number {
    const first = this.#marks + 1
    this.#marks += count
    return first
  }

  #placeBystander(path: string) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, `The own file of a person: ${basename(path)}\n`, { mode: 0o644 })
    this.keep(path)
  }

  /** From now on nothing may touch a file. */
  keep(path: string) {
    this.#bystanders.set(path, see(path))
  }

  isKept(path: string): boolean {
    return this.#bystanders.has(path)
  }

  /** Reports each file of anyone else that was touched, once. */
  checkBystanders() {
    for (const [path, before] of [...this.#bystanders]) {
      const now = lstatSync(path, { throwIfNoEntry: false }) === undefined ? null : see(path)
      const change = describeChange(before, now)
      if (change === null) continue
      this.report('bystander-touched', `${this.nameOf(path)} ${change}`)
      this.#bystanders.delete(path)
      if (now !== null) this.keep(path)
    }
  }

  report(kind: ViolationKind, text: string) {
    this.violations.push({ kind, text: text.replaceAll(`${this.folder}/`, '') })
  }

  nameOf(path: string): string {
    return relative(this.folder, path)
  }

  /** Every file that anyone can have made, with what the system says of it. */
  list(): Map<string, Stats> {
    const folders = [...this.tenants.map(({ folder }) => folder), this.backups, this.temporary]
    const entries = folders.flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
    )
    return new Map(
      entries.flatMap((path) => {
        const stats = lstatSync(path, { throwIfNoEntry: false })
        return stats === undefined ? [] : [[path, stats] as const]
      }),
    )
  }

  remove() {
    for (const { disk } of this.tenants) disk?.unmount()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

function see(path: string): Seen {
  const stats = lstatSync(path)
  const { mode, uid, ino } = stats
  return {
    digest: stats.isFile() ? digest(readFileSync(path)) : 'no file',
    mode: mode & 0o7777,
    uid,
    inode: ino,
  }
}

function describeChange(before: Seen, now: Seen | null): string | null {
  if (now === null) return 'was deleted'
  if (now.digest !== before.digest) return 'was changed'
  if (now.mode !== before.mode) return `had mode ${before.mode.toString(8)}, has ${now.mode.toString(8)}`
  if (now.uid !== before.uid) return `belonged to ${before.uid}, belongs to ${now.uid}`
  return now.inode === before.inode ? null : 'was replaced by a copy'
}
