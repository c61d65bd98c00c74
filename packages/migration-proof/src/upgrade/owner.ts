import { chmodSync, chownSync, lstatSync, type Stats, statSync } from 'node:fs'

export interface Owner {
  readonly uid: number
  readonly gid: number
}

/**
 * Gives a file to its owner, as far as this user may: only root can give one to another user.
 *
 * @returns whether it has that owner and that group now
 */
export function giveTo({ uid, gid }: Owner, file: string): boolean {
  if (process.getuid === undefined) return true
  try {
    const present = lstatSync(file)
    if (present.uid !== uid || present.gid !== gid) chownSync(file, uid, gid)
    return true
  } catch {
    // Root of a user namespace may not do it for every user, nor root where a server of files does not trust it.
    return false
  }
}

/**
 * Gives a file the owner and the permissions of another.
 *
 * @returns whether it has that owner now
 */
export function takeOver(file: string, { uid, gid, mode }: Owner & { readonly mode: number }): boolean {
  // First, since a change of the owner can take permissions away.
  const isGiven = giveTo({ uid, gid }, file)
  chmodSync(file, mode & 0o777)
  return isGiven
}

/** Whom a restored file belongs to. */
export interface Ownership {
  readonly userId: number
  readonly groupId: number
  /** The permission bits. */
  readonly mode: number
  /** Whose owner it has; `'process'` for the user who restored it, who may give it to no other. */
  readonly from: 'file' | 'folder' | 'backup' | 'process'
}

/** A server must be able to open what it could open before: the file gets the owner and the permissions of the old one. */
export function inheritFrom(old: Stats, file: string): Ownership {
  return describe(file, takeOver(file, old) ? 'file' : 'process')
}

/**
 * Where there is no old file, the owner of the folder is most likely the server's user. A folder of root says nothing:
 * then it is the owner of the backup, which has that of its database.
 */
export function inheritFromFolder(folder: string, backup: string, file: string): Ownership {
  const [ofFolder, ofBackup] = [statSync(folder), statSync(backup)]
  const from = ofFolder.uid === 0 && ofBackup.uid !== 0 ? 'backup' : 'folder'
  const isGiven = giveTo(from === 'folder' ? ofFolder : ofBackup, file)
  chmodSync(file, 0o600)
  return describe(file, isGiven ? from : 'process')
}

function describe(file: string, from: Ownership['from']): Ownership {
  const { uid, gid, mode } = statSync(file)
  return { userId: uid, groupId: gid, mode: mode & 0o777, from }
}
