// spec.autofs of a TenantCluster: the automount maps that every node has.
import { z } from 'zod'
import { rules } from '../../api/schema/cel.ts'
import { mountOptions } from './mount-options.ts'

/** Nodes get the maps by one ConfigMap, which holds 1 MiB; managers and workers hold the text of all tenants. */
const mapsTextLimit = 262_144

/** No part begins with a dash, or programs would take it for an option, nor with a dot. */
const mapKeyPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]*(\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/

const host = '[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?'
const location = new RegExp(
  `^(${host}:/[A-Za-z0-9_./@&$+-]*|://${host}/[A-Za-z0-9_.@&$+-][A-Za-z0-9_./@&$+-]*)$`,
)

/** Automount reads a location that begins so as another map. */
const mapTypes = ['program', 'exec', 'file', 'yp', 'nis', 'nisplus', 'dir', 'multi', 'sss', 'ldap', 'ldaps', 'hesiod', 'userhome', 'hosts', 'autofs', 'bind'] // prettier-ignore

const autofsEntrySchema = z
  .object({
    key: z
      .string()
      .min(1)
      .max(253)
      .regex(mapKeyPattern)
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
      .regex(mountOptions)
      .default('')
      .describe(
        'Mount options of NFS or CIFS, such as fstype=nfs4,ro,hard; the guide of AutoFS lists them. nosuid and nodev are always added. Credentials do not belong here: put them in the Secret autofs-credentials of the tenant’s namespace cratekube-system and name the file, credentials=/etc/cratekube/credentials/<key>. Defaults to those of mount.',
      )
      .meta(
        rules(
          {
            rule: "!self.contains('fstype=') || self.contains('fstype=nfs') || self.contains('fstype=cifs') || self.contains('fstype=efs')",
            message: 'spec.autofs.maps[].entries[].options: expected fstype nfs, nfs4, cifs or efs',
          },
          {
            // mount.cifs takes every name that begins with pass for a password, in any case.
            rule: "!self.matches('(?i)(^-?|,)pass[^,]*(=|$)')",
            message:
              'spec.autofs.maps[].entries[].options: expected no password; use credentials=/etc/cratekube/credentials/<key> with the Secret autofs-credentials',
          },
          {
            rule: "!self.matches('(^-?|,)(suid|dev|defaults)')",
            message:
              'spec.autofs.maps[].entries[].options: expected none of suid, dev and defaults; maps are mounted nosuid,nodev',
          },
          {
            rule: "!self.contains('credentials=') || self.contains('credentials=/etc/cratekube/credentials/')",
            message:
              'spec.autofs.maps[].entries[].options: expected credentials=/etc/cratekube/credentials/<key>, a key of the Secret autofs-credentials',
          },
        ),
      ),
    location: z
      .string()
      .min(1)
      .max(1024)
      .regex(location)
      .describe(
        'What is mounted: <host>:/<path> by NFS, such as filer.example.com:/export/builds, or ://<host>/<share> by CIFS.',
      )
      .meta(
        rules(
          {
            rule: "self.startsWith('://') || self.contains(':/') && !self.startsWith(':')",
            message:
              'spec.autofs.maps[].entries[].location: expected <host>:/<path> or ://<host>/<share>',
          },
          {
            rule: `!(${mapTypes.map((type) => `self.startsWith('${type}:')`).join(' || ')})`,
            message:
              'spec.autofs.maps[].entries[].location: expected a host, not a type of map such as program:',
          },
        ),
      ),
  })
  .meta(
    rules({
      rule: "(self.options.contains('fstype=cifs')) == self.location.startsWith('://')",
      message:
        'spec.autofs.maps[].entries[]: expected a location of the form ://<host>/<share> with fstype=cifs, and only with it',
    }),
  )

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
    .describe(
      'The automount maps. Keys, options and locations of all of them have at most 262,144 characters.',
    )
    .meta({
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      ...rules({
        rule: `self.map(m, has(m.entries) ? m.entries.map(e, e.key.size() + e.options.size() + e.location.size()).sum() : 0).sum() <= ${mapsTextLimit}`,
        message: `spec.autofs.maps: expected keys, options and locations of at most ${mapsTextLimit} characters in all`,
      }),
    }),
})

export type AutofsMap = z.infer<typeof autofsMapSchema>
