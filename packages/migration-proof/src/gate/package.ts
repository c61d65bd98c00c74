import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The folder of the nearest `package.json` at a folder or above it; null where there is none. */
export function findPackageFolder(folder: string): string | null {
  if (existsSync(join(folder, 'package.json'))) return folder
  const parent = dirname(folder)
  return parent === folder ? null : findPackageFolder(parent)
}

/** The version that a `package.json` names; null where the file is missing or names none. */
export function readPackageVersion(folder: string): string | null {
  const file = join(folder, 'package.json')
  if (!existsSync(file)) return null
  const { version }: { readonly version?: unknown } = JSON.parse(readFileSync(file, 'utf8'))
  return typeof version === 'string' ? version : null
}
