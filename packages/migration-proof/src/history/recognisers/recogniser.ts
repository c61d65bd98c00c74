/**
 * What shows that a project keeps its migrations with a tool: data, one for each entry of this package that reads the folder of
 * a tool. Only texts are looked at: no code of the project runs.
 */
export interface Recogniser {
  /** Such as `golang-migrate`. */
  readonly tool: string
  /** The entry of this package; that of the tool's name where it is left out. */
  readonly entry?: string
  /** The function that the entry exports, such as `golangMigrate`. */
  readonly call: string
  /** Packages of npm that show the tool. */
  readonly packages: readonly string[]
  /** The tables in which databases note what the tool applied. */
  readonly tables: readonly TableForm[]
  readonly configs: readonly ConfigForm[]
  /**
   * Whose files have the form that `holds` looks for: those of this tool alone; those of others too, so that a config or a
   * table must name the tool; or any files of SQL, of a folder that is no other tool's.
   */
  readonly form: 'own' | 'shared' | 'plain'
  /** What a folder holds that makes it one of the tool, such as `meta/_journal.json`; null where it is none. */
  readonly holds: (folder: FolderListing) => string | HeldFile | Unusable | null
}

/** A file in a folder that the call of the entry takes, and not the folder. */
export interface HeldFile {
  readonly file: string
  /** What is said of it, such as `exports an Umzug`. */
  readonly what: string
}

/** A folder or a config of the tool that this package cannot use, and why. */
export interface Unusable {
  /** What follows the name of the file or folder, such as `is for postgresql, and not for SQLite`. */
  readonly unusable: string
}

/** A table by its name, and the columns that distinguish it from another tool's table of that name. */
export interface TableForm {
  readonly name: string
  /** Exactly these; left out where the name is enough. */
  readonly columns?: readonly string[]
}

/** A file that says where the tool keeps the migrations. */
export interface ConfigForm {
  /** Its path in the project. */
  readonly file: RegExp
  /** @returns none where it says nothing of migrations */
  readonly read: (text: string) => readonly NamedFolder[] | Unusable
}

/** A folder that a config names. */
export interface NamedFolder {
  /** From the folder of the config, or from that of the project; one that is not named is where the tool looks by itself. */
  readonly folder: string
  /** What the call of the entry takes beside the folder. */
  readonly options?: CallOptions
}

export type CallOptions = Readonly<Record<string, string | boolean>>

/** A folder of a project, without its subfolders. */
export interface FolderListing {
  /** The names in it, sorted. */
  readonly names: readonly string[]
  /** Whether its path, or a config, says that it holds migrations. */
  readonly isLikely: boolean
  /** The names in a subfolder; none where there is no such folder. */
  list(name: string): readonly string[]
  /** The text of a file in it, or below it; empty where there is none. */
  read(name: string): string
}

/** What a config or a folder for another database is. */
export function forOther(database: string): Unusable {
  return { unusable: `is for ${database}, and not for SQLite` }
}

/** A text of JavaScript, TypeScript or JSON without its comments. */
export function withoutComments(text: string): string {
  return text.replaceAll(
    /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\/[^\n]*|\/\*[\s\S]*?\*\//g,
    (_, literal: string | undefined) => literal ?? '',
  )
}

/** A text of TOML without its comments. */
export function withoutHashComments(text: string): string {
  return text.replaceAll(
    /("(?:\\.|[^"\\\n])*"|'[^'\n]*')|#[^\n]*/g,
    (_, literal: string | undefined) => literal ?? '',
  )
}

/** The text that a config gives a key as a literal, in JavaScript, JSON or TOML; null for none. */
export function readLiteral(text: string, key: string): string | null {
  const [, , value] = new RegExp(`["']?\\b${key}["']?\\s*[:=]\\s*(["'\`])([^"'\`$\\n]+)\\1`).exec(text) ?? []
  return value ?? null
}

/** What a config says of a key that is true or false as a literal; null for none. */
export function readFlag(text: string, key: string): boolean | null {
  const [, value] = new RegExp(`\\b${key}\\s*:\\s*(true|false)\\b`).exec(text) ?? []
  return value === undefined ? null : value === 'true'
}

/** What stands in the braces after a key, without objects in them; empty for none. */
export function readObject(text: string, key: string): string {
  const [, inside = ''] = new RegExp(`["']?\\b${key}["']?\\s*:\\s*\\{([^{}]*)`).exec(text) ?? []
  return inside
}

/** Options of a call, without those that are null. */
export function optionsOf(given: Readonly<Record<string, string | boolean | null>>): {
  readonly options?: CallOptions
} {
  const set = Object.entries(given).flatMap(([key, value]) => (value === null ? [] : [[key, value] as const]))
  return set.length === 0 ? {} : { options: Object.fromEntries(set) }
}

/** Files of SQL whose names begin with a number, and have a line of this form. */
export function findMarked({ names, read }: FolderListing, mark: RegExp): string | undefined {
  return names.filter((name) => /^\d+.*\.sql$/.test(name)).find((name) => mark.test(read(name)))
}

/** The first file of code in which a migration is written as the tool has it, where its folder may be one of migrations. */
export function findCode(
  { names, isLikely, read }: FolderListing,
  isOwn: (text: string) => boolean,
): string | undefined {
  return isLikely ? names.filter(isCodeFile).find((name) => isOwn(read(name))) : undefined
}

/** Whether a name is that of JavaScript or TypeScript, and not of types alone. */
export function isCodeFile(name: string): boolean {
  return /\.[cm]?[jt]s$/.test(name) && !/\.d\.[cm]?ts$/.test(name)
}
