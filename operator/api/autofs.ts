// spec.autofs of a TenantCluster: the automount maps that every node has.
import { z } from 'zod'
import { rules } from './cel.ts'

const mapKeyPattern = '^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$'

const autofsEntrySchema = z.object({
  key: z
    .string()
    .max(253)
    .regex(new RegExp(mapKeyPattern))
    .describe('Directory under the map’s mount point at which the location appears.')
    .meta(
      rules({
        rule: "!self.contains('..')",
        message: "spec.autofs.maps[].entries[].key: expected a relative path without '..'",
      }),
    ),
  options: z
    .string()
    .max(256)
    .regex(/^-?[A-Za-z0-9_.,=:/@+-]*$/)
    .default('')
    .describe(
      'Mount options, such as fstype=nfs4,ro,hard. Credentials do not belong here: put them in the Secret autofs-credentials of the tenant’s namespace cratekube-system and name the file, credentials=/etc/cratekube/credentials/<key>. Defaults to those of mount.',
    )
    .meta(
      rules({
        rule: "!self.matches('pass(wd|word2?)?=')",
        message:
          'spec.autofs.maps[].entries[].options: expected no password; use credentials=/etc/cratekube/credentials/<key> with the Secret autofs-credentials',
      }),
    ),
  location: z
    .string()
    .min(1)
    .max(1024)
    .regex(/^[A-Za-z0-9_.:/@&$+-]+$/)
    .describe('What is mounted, such as filer.example.com:/export/builds.'),
})

const autofsMapSchema = z
  .object({
    name: z
      .string()
      .min(1)
      .max(40)
      .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
      .describe('Name of the map; its entries appear under <root>/<name>.'),
    source: z
      .enum(['EFS'])
      .optional()
      .describe(
        'EFS: any directory under the map is a directory of the cluster’s own encrypted EFS file system, made when first used. When no map has it any more, the file system is deleted with all that is in it.',
      ),
    entries: z
      .array(autofsEntrySchema)
      .min(1)
      .max(250)
      .optional()
      .describe('The entries of the map, for shared storage you already have.')
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['key'] }),
    timeoutSeconds: z
      .int()
      .min(1)
      .max(86400)
      .default(300)
      .describe('Seconds without use after which a mount is released. Defaults to 300.'),
  })
  .meta(
    rules({
      rule: 'has(self.source) != has(self.entries)',
      message: 'spec.autofs.maps[]: expected exactly one of source and entries',
    }),
  )

export const autofsSchema = z.object({
  root: z
    .string()
    .max(128)
    .regex(/^\/[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/)
    .default('/auto')
    .describe(
      'Where AutoFS mounts the maps. The nodes hold them under /var/lib/cratekube/auto, whose volume a pod mounts where it likes, usually here too. Defaults to /auto.',
    )
    .meta(
      rules({
        rule: "!['/bin','/boot','/dev','/etc','/home','/lib','/lib64','/opt','/proc','/root','/run','/sbin','/srv','/sys','/tmp','/usr','/var'].exists(p, self == p || (p != '/srv' && p != '/opt' && p != '/home' && self.startsWith(p + '/')))",
        message:
          'spec.autofs.root: expected a directory of its own such as /auto, not a system directory',
      }),
    ),
  maps: z
    .array(autofsMapSchema)
    .min(1)
    .max(50)
    .describe('The automount maps.')
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] }),
})
