; hello: says so and switches itself off.
%include "microguest.inc"
main:
        print   "hello", 13, 10
        finish
        align   16, db 0
payload_end:
