/** The official Pulumi CLI that the embedded engine is held to by recording, and that the image has. */
export const officialVersion = '3.260.0'
