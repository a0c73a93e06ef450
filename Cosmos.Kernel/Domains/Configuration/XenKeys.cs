using System;

namespace Multicosm.Domains.Configuration;

/// <summary>The keys that xl knows and Multicosm does not: a domain file may have them, and is told that they do nothing.</summary>
/// <source>xl.cfg(5) of Xen 4.17, "OPTIONS"</source>
public static class XenKeys
{
    // Between blanks, so that a whole name is found by searching.
    private static ReadOnlySpan<byte> Names =>
        " acpi acpi_firmware acpi_laptop_slate acpi_s3 acpi_s4 altp2m altp2mhvm apic assisted_x2apic assisted_xapic bios bios_path_override blkdev_start bootloader bootloader_args builder channel cpuid cpus cpus_soft "u8
        + "device_model device_model_args device_model_args_hvm device_model_args_pv device_model_override device_model_stubdomain_override device_model_stubdomain_seclabel device_model_user device_model_version device_tree "u8
        + "dm_restrict driver_domain dtdev e820_host extratime firmware_override gfx_passthru gic_version hap hdtype hpet init_seclabel iomem ioports irqs keymap latency localtime max_event_channels max_grant_frames "u8
        + "max_grant_version max_maptrack_frames maxmem maxvcpus mca_caps mmio_hole ms_vm_genid nestedhvm nographic nomigrate nx on_soft_reset on_watchdog oos opengl p9 pae passthrough pci pci_msitranslate "u8
        + "pci_permissive pci_power_mgmt pci_seize period pool pvcalls pvshim pvshim_cmdline pvshim_extra pvshim_path rdm rdm_mem_boundary root rtc_timeoffset sdl seclabel shadow_memory slice smbios smbios_firmware soundhw "u8
        + "spice spice_clipboard_sharing spice_image_compression spice_streaming_video spiceagent_mouse spicedisable_ticketing spicehost spicepasswd spiceport spicetls_port spiceusbredirection spicevdagent stdvga "u8
        + "stubdomain_cmdline stubdomain_kernel stubdomain_memory stubdomain_ramdisk tee timer_mode tsc_mode usb usbctrl usbdev usbdevice usbversion uuid vdispl vendor_device vfb vga videoram vif2 virtio vkb "u8
        + "vkb_device vmtrace_buf_kb vnc vncdisplay vnclisten vncpasswd vncunused vncviewer vnuma vpmu vpt_align vsnd vtpm vuart xen_platform_pci xend_suspend_evtchn_compat "u8;

    /// <summary>Where <paramref name="name"/> is in the list: what <see cref="NameAt"/> takes; -1 if it is not there.</summary>
    public static int Find(ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> names = Names;
        for (int start = 1; start < names.Length;)
        {
            int length = names[start..].IndexOf((byte)' ');
            if (names.Slice(start, length).SequenceEqual(name))
            {
                return start;
            }

            start += length + 1;
        }

        return -1;
    }

    /// <summary>The name at <paramref name="position"/>, a result of <see cref="Find"/>.</summary>
    public static ReadOnlySpan<byte> NameAt(int position)
    {
        ReadOnlySpan<byte> rest = Names[position..];
        return rest[..rest.IndexOf((byte)' ')];
    }
}
