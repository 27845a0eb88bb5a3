// What goes wrong with the state of stacks and the disk of the worker, in the words of Node, of Go and of both engines.
// Never the fault of the resource that was about to be made, whatever its name in the message.
import type { FaultRule } from '../../api/faults/fault-rule.ts'

export const stateFaults: readonly FaultRule[] = [
  {
    // Before damage: what cannot be opened is whole, and nobody may sweep it away for that.
    pattern: /incorrect passphrase|passphrase must be set/i,
    code: 'WrongPassphrase',
    action: 'Give the worker the passphrase that the stack was made with.',
    retryable: false,
  },
  {
    pattern:
      /is damaged: |snapshot integrity|(could not deserialize (deployment|checkpoint)|failed to load checkpoint):[^]*(JSON|unmarshal|invalid character|unexpected EOF)|unmarshal\w*[^]*checkpoint/i,
    code: 'StateDamaged',
    action:
      'Put the newest backup in the place of the file and ask for a reconcile; deletion needs no state.',
    retryable: false,
    ofWorker: true,
  },
  {
    pattern:
      /\b(ENOSPC|EROFS|EDQUOT|EIO|ESTALE|EMFILE|ENFILE)\b|(EACCES|EPERM): (permission denied|operation not permitted), (?!spawn)\w|no space left on device|read-only file system|disk quota exceeded|(open|mkdir|rename|write) \/\S+: (permission denied|input\/output error|stale NFS)|\.pulumi\/[^]*\(code=\w+\)|(unable to open bucket|failed to (load|save|persist) (checkpoint|snapshot))/i,
    code: 'StateUnavailable',
    action:
      'Make room on the volume or bucket that keeps the state of the stacks, or give the worker access to it.',
    retryable: true,
    ofWorker: true,
  },
]
