; font: the glyphs of the printable ASCII characters, 16 bytes each, a byte a row, leftmost pixel in bit 7. The build takes them from a
; font of the distribution.

bits 64

section .rodata
        align   16
font_glyphs:
        incbin  "font.bin"

section .text
; screen_font: out rax = the first glyph, that of the blank
global screen_font:function (screen_font.end - screen_font)
screen_font:
        mov     rax, font_glyphs
        ret
.end:
