/**
 * Reads numbers and names from a file's bytes. Beyond the end everything is 0 or empty, so that the
 * format readers need no checks of their own and cannot be crashed by a cut file.
 */
export class ByteView {
  readonly length: number;

  constructor(private readonly bytes: Uint8Array) {
    this.length = bytes.length;
  }

  u8(at: number): number {
    return this.bytes[at] ?? 0;
  }

  u16(at: number): number {
    return (this.u8(at) << 8) | this.u8(at + 1);
  }

  u32(at: number): number {
    return this.u16(at) * 0x10000 + this.u16(at + 2);
  }

  u16le(at: number): number {
    return this.u8(at) | (this.u8(at + 1) << 8);
  }

  u24le(at: number): number {
    return this.u16le(at) | (this.u8(at + 2) << 16);
  }

  u32le(at: number): number {
    return this.u16le(at) + this.u16le(at + 2) * 0x10000;
  }

  i32le(at: number): number {
    return this.u32le(at) | 0;
  }

  /** `length` bytes as Latin-1 text. */
  text(at: number, length: number): string {
    return String.fromCharCode(...this.bytes.subarray(at, at + Math.max(0, length)));
  }

  startsWith(signature: readonly number[]): boolean {
    return signature.every((byte, i) => this.bytes[i] === byte);
  }

  /** Where an ASCII name first stands within the first `limit` bytes; -1 when it does not. */
  indexOf(name: string, limit: number): number {
    const end = Math.min(this.length, limit) - name.length;
    for (let at = 0; at <= end; at++) if (this.text(at, name.length) === name) return at;
    return -1;
  }
}
