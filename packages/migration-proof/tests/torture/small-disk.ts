import { spawnSync } from 'node:child_process'
import { chownSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { join } from 'node:path'

/** A file system in memory that can be made too small for a while. */
export interface SmallDisk {
  /** Leaves room for so many bytes more. */
  fill(freeBytes: number): void
  empty(): void
  unmount(): void
}

const roomy = 64 * 1024 * 1024

export function mountSmall(folder: string, uid: number): SmallDisk {
  mount('-t', 'tmpfs', '-o', `size=${roomy},mode=755`, 'tmpfs', folder)
  chownSync(folder, uid, uid)
  const resize = (bytes: number) => mount('-o', `remount,size=${bytes}`, folder)
  return {
    fill: (freeBytes) => {
      const { blocks, bfree, bsize } = statfsSync(folder)
      resize((blocks - bfree) * bsize + freeBytes)
    },
    empty: () => resize(roomy),
    unmount: () => spawnSync('umount', ['-l', folder]),
  }
}

/** Whether this user may mount a file system here. */
export function canMount(parent: string): boolean {
  if (process.getuid?.() !== 0) return false
  const folder = mkdtempSync(join(parent, 'mount-'))
  const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]).status === 0
  if (isMounted) spawnSync('umount', [folder])
  rmSync(folder, { recursive: true })
  return isMounted
}

function mount(...parameters: string[]) {
  const { status, stderr } = spawnSync('mount', parameters, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`mount ${parameters.join(' ')}: ${stderr}`)
}
