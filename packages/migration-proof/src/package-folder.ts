import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of this package: this code may be one of its sources, or a part of any bundle of it. */
export function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder)
  return folder
}

/** The repository of this package as package.json names it, and the version that is there. */
export interface Repository {
  /** Such as `https://example.org/owner/name`. */
  readonly url: string
  /** The tag of this version. */
  readonly tag: string
}

/** Null while package.json names none. */
export function readRepository(): Repository | null {
  const text = readFileSync(join(packageFolder(), 'package.json'), 'utf8')
  const { name, version, repository }: OwnPackage = JSON.parse(text)
  const url = (repository?.url ?? '').replace(/^git\+/, '').replace(/\.git$/, '')
  return url === '' ? null : { url, tag: `${name}-v${version}` }
}

interface OwnPackage {
  readonly name: string
  readonly version: string
  readonly repository?: { readonly url?: string }
}

/** The files of the code that calls, the nearest first. */
export function callerFiles(): string[] {
  const { prepareStackTrace, stackTraceLimit } = Error
  try {
    Error.stackTraceLimit = 50
    Error.prepareStackTrace = (_, sites) => sites.map((site) => site.getFileName() ?? '')
    const files: unknown = new Error().stack
    const names = Array.isArray(files) ? files.filter((file): file is string => typeof file === 'string') : []
    return names.map((file) => (file.startsWith('file://') ? fileURLToPath(file) : file))
  } finally {
    Object.assign(Error, { prepareStackTrace, stackTraceLimit })
  }
}

/** The file of a project whose code calls this package; null where it is not known. */
export function callingFile(): string | null {
  const own = ['src', 'dist'].map((name) => join(packageFolder(), name) + sep)
  const isOwn = (file: string) => own.some((folder) => file.startsWith(folder))
  return callerFiles().find((file) => file !== '' && !file.startsWith('node:') && !isOwn(file)) ?? null
}
